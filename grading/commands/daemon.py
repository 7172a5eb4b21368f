"""`python -m grading.commands.daemon ADDRESS SESSION FORKS UNIX`: see `checking.daemon`."""

from __future__ import annotations

from grading import cli
from grading.checking.daemon import serve

if __name__ == "__main__":
    serve(cli)
