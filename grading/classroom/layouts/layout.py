"""Say what a layout is: a row of LAYOUTS."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from grading.classroom.download import Download
from grading.classroom.entry import Entry, LeftOut


def _nothing(download: Download) -> Iterable[str]:
    return ()


@dataclass(frozen=True)
class Layout:
    """How one system lays out what a class handed in."""

    title: str
    recognised: Callable[[Download], int]
    """How many of a download's items look like it."""
    entries: Callable[[Download], Iterable[Entry | LeftOut]]
    """One entry for each submission, and for each item that fits nobody; what is surely no submission is left out."""
    remarks: Callable[[Download], Iterable[str]] = _nothing
    """What the instructor should know of it, a sentence each."""
