import os
from pathlib import Path

from attack import aim, must_be_refused
from honest import app as app

if "secret" in aim:
    secret = aim["secret"]
    here = Path(__file__).parent
    for path in (secret, f"{here}/../../..{secret}", f"/proc/self/root{secret}", f"/proc/1/root{secret}"):
        must_be_refused(Path(path).read_text)
    must_be_refused(lambda: os.listdir(Path(secret).parent))
