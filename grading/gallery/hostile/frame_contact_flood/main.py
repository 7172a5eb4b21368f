from attack import frame, write
from honest import app as app

for _ in range(100):
    write(frame({"contact": "a" * 200_000}))
