"""Several submissions at a time; one that takes long holds up no others."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from rich.console import Console

from grading.classroom import batch
from grading.results.result import Result, not_graded

LAST = 20


class SlowGrader:
    """Stands in for a Grader: what is named slow takes until all others have been graded."""

    def __init__(self, workers: int, spare: int) -> None:
        self.workers, self.spare = workers, spare
        self.at_once = self.most = 0
        self.in_time = True
        self._left = LAST
        self._lock = threading.Lock()
        self._others_are_done = threading.Event()

    def grade(self, path: Path) -> Result:
        """Grade nothing."""
        with self._lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        if path.name.startswith("slow"):
            self.in_time &= self._others_are_done.wait(2)
        with self._lock:
            self.at_once -= 1
            self._left -= not path.name.startswith("slow")
            if not self._left:
                self._others_are_done.set()
        return not_graded("")


def graded(grader: SlowGrader, slow: int) -> list[str]:
    names = [*(f"slow {number}" for number in range(slow)), *(f"quick {number}" for number in range(LAST))]
    return [name for name, _ in batch._results({name: Path(name) for name in names}, grader, Console(quiet=True))]


@pytest.fixture(autouse=True)
def _soon_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "LATE", 0.1)


@pytest.mark.parametrize("slow", [1, 2, 3])
def test_those_that_wait_hold_up_no_others(slow: int) -> None:
    grader = SlowGrader(2, 2)
    names = graded(grader, slow)
    assert grader.in_time
    assert len(names) == len(set(names)) == LAST + slow


def test_no_more_are_graded_at_once_than_the_grader_allows() -> None:
    for spare in (0, 1):
        grader = SlowGrader(2, spare)
        assert len(graded(grader, 4)) == LAST + 4
        assert grader.most == 2 + spare
