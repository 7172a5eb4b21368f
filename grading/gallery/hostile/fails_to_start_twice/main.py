import sys

from honest import app as app

if hasattr(sys, "started_before"):
    raise RuntimeError("it was imported before")
sys.started_before = True
