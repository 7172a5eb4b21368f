"""`python -m grading.commands.daemon ADDRESS SESSION FORKS`: see `checking.daemon`."""

from __future__ import annotations

from grading import cli
from grading.checking.daemon import run

if __name__ == "__main__":
    run(cli)
