from attack import frame, write
from honest import app as app

write(frame(b"[]") + frame(b"null"))
