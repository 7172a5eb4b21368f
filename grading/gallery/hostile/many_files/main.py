from pathlib import Path

from attack import aim, must_be_refused
from honest import app as app


def fill():
    for number in range(6_000):
        Path(f"flood-{number}").touch()


if aim:
    must_be_refused(fill)
    for path in Path().glob("flood-*"):
        path.unlink()
