import time

from attack import frame, write

write(frame({"started": ""}))
time.sleep(0.2)

from honest import app as app  # noqa: E402
