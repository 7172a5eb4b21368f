from attack import frame, write
from honest import app as app

write(frame({"collected": ["a"]}))
write(frame({"test": {"id": "a", "step": 3, "status": "passed", "score": 20, "max_score": 20}}))
write(frame({"done": True}))
