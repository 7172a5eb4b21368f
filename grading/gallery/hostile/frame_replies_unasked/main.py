from attack import frame, write
from honest import app as app

for number in range(1_000):
    write(frame({"reply": number, "status": 200, "headers": []}, b'{"response": "ok"}'))
write(frame({"stopped": True}))
