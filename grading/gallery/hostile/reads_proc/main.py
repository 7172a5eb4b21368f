import os
from pathlib import Path

from attack import aim, must_be_refused
from honest import app as app

for pid in aim.get("pids", []):
    for name in ("cmdline", "environ", "mem", "maps", "fd/0", "root/etc/hostname"):
        must_be_refused(lambda path=Path(f"/proc/{pid}/{name}"): os.read(os.open(path, os.O_RDONLY), 100))
    must_be_refused(lambda path=Path(f"/proc/{pid}/fd"): list(path.iterdir()))
