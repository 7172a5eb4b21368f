from attack import frame, write
from honest import app as app

write(frame({"log": "a", "text": "b"}, b"c" * 1_000_000)[:50])
