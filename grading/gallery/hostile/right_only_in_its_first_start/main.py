import sys

if hasattr(sys, "started_before"):
    from fastapi import FastAPI

    app = FastAPI()
else:
    sys.started_before = True
    from honest import app as app
