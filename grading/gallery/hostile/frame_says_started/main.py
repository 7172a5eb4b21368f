from attack import frame, write

write(frame({"started": ""}))
raise RuntimeError("it never starts")
