from attack import frame, write
from honest import app as app

write(frame({"reply": "0", "status": "200", "headers": {}}))
write(frame({"reply": 0, "status": 1e999, "headers": [["a", "b", "c"]]}))
write(frame({"ask": 0.5, "method": None, "url": [], "headers": 7, "timeout": "long", "blocks": "no"}))
