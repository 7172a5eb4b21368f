from attack import write
from honest import app as app

write(b"\xffgarbage" * 1_000)
