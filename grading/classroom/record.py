"""What is known of each submission of a class: who handed it in, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grading.results.result import Result


class ClassError(Exception):
    """A class can't be graded as it was asked for; the text says why and what to do."""


@dataclass(frozen=True)
class Entry:
    """One submission found in a download."""

    key: str
    """Names this submission's files: unique in the class, the same at each run, fit for every file system."""
    name: str
    """The student's name, as the download writes it."""
    path: Path
    """A folder, one Python file or a zip file."""
    ids: Mapping[str, str] = field(default_factory=dict)
    """Identifiers by kind, as far as the layout has them: canvas_user, moodle_participant, github_user, email, …"""
    submitted: str | None = None
    """When it was handed in, in ISO 8601 with a zone; None if the download does not say."""
    late: bool | None = None
    """What the LMS itself says about lateness; None if it says nothing."""
    problem: str | None = None
    """Why it can't be graded at all, as a sentence: such an entry is listed and gets no result of the suite."""

    @property
    def called(self) -> set[str]:
        """By what an instructor may name it, in small letters."""
        return {word.casefold() for word in (self.key, self.name, *self.ids.values())}


@dataclass(frozen=True)
class Lateness:
    """What the instructor's late policy makes of a mark; it stands beside the raw mark, never instead of it."""

    days: int
    """Days begun after the due date and the grace time; 0 if in time."""
    percent: float
    """What is taken off, in percent of the mark."""
    score: float
    """Marks and bonus after that."""


@dataclass(frozen=True)
class Mark:
    """What became of one submission."""

    entry: Entry
    result: Result
    lateness: Lateness | None = None
    """None without a late policy, or if nobody knows when it was handed in."""
    same_as: tuple[str, ...] = ()
    """Keys of the other submissions with the same content: one was graded for all."""
