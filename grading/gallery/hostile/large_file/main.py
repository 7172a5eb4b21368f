from pathlib import Path

from attack import aim, must_be_refused
from honest import app as app

if aim:
    must_be_refused(lambda: Path("large").write_bytes(bytes(2**24)))
    Path("large").unlink(missing_ok=True)
