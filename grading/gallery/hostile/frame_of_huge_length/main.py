from attack import write
from honest import app as app

write(b"\xff" * 8 + b"{}")
