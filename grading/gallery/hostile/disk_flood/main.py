from pathlib import Path

from attack import aim, must_be_refused
from honest import app as app


def fill(folder):
    for number in range(48):
        Path(folder, f"flood-{number}").write_bytes(bytes(2**20))


if aim:
    for folder in (".", "/tmp", "/var/tmp", "/dev/shm", "/run"):
        must_be_refused(lambda folder=folder: fill(folder))
    for number in range(48):
        Path(f"flood-{number}").unlink(missing_ok=True)
