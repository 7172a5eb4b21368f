from attack import frame, write
from honest import app as app

for _ in range(500):
    write(frame({"contact": "a" * 200_000}))
