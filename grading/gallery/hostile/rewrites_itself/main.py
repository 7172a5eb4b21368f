import contextlib
from pathlib import Path

from honest import app as app

with contextlib.suppress(OSError):
    Path(__file__).write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")
