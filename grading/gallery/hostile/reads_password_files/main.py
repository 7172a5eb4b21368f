import glob
from pathlib import Path

from attack import aim, must_be_refused
from honest import app as app

if aim:
    for pattern in ("/etc/passwd", "/etc/shadow", "/ro*t/.*", "/home/*/.*", "/ro*t/.ssh/*", "/home/*/.ssh/*"):
        for path in glob.glob(pattern):
            must_be_refused(Path(path).read_bytes)
