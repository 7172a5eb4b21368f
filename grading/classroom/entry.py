"""What a class consists of: its entries (who handed in what), and the mark that became of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grading.classroom.decision import Decision
from grading.results.result import Result


class ClassError(Exception):
    """A class can't be graded as asked; the text says why and what to do."""


@dataclass(frozen=True)
class Entry:
    """One submission found in a download."""

    key: str
    """Names this submission's files: unique in the class, the same in each run, valid on every file system."""
    name: str
    """The student's name, as the download has it."""
    path: Path
    """A folder, one Python file or a zip file."""
    ids: Mapping[str, str] = field(default_factory=dict)
    """Identifiers by kind, as far as the layout has them: canvas_user, moodle_participant, github_user, email, …"""
    submitted: str | None = None
    """Time of submission in ISO 8601; without a zone if the LMS writes none; None if the download does not have it."""
    late: bool | None = None
    """The LMS's own flag; None if it has none."""
    problem: str | None = None
    """Why it can't be graded at all, as a sentence: it is listed as not graded, and never run."""
    left_out: tuple[str, ...] = ()
    """What else they handed in, which is not graded: earlier attempts."""
    group: str = ""
    """Their team's name, and below their section, as the roster has them; empty if it has none."""
    section: str = ""
    uploads: tuple[str, ...] = ()
    """The names in the download of what is graded, as the LMS wrote them: it finds feedback's owner by them."""
    due: str | None = None
    """This student's own due date, in ISO 8601; None: the class's."""

    @property
    def names(self) -> set[str]:
        """Names an instructor may use for it, lower-cased."""
        return {word.casefold() for word in (self.key, self.name, *self.ids.values())}


@dataclass(frozen=True)
class LeftOut:
    """Something in a download that is nobody's submission, such as an index page: it is named, and gets no mark."""

    name: str
    what: str
    """What it is, such as "an index page"."""


@dataclass(frozen=True)
class Lateness:
    """What the instructor's late policy makes of a mark; stands beside the raw mark, never replaces it."""

    days: int
    """Days begun after the due date and the grace time; 0 if in time."""
    percent: float
    """Deduction, in percent of the mark."""
    score: float
    """Marks and bonus after the deduction."""


@dataclass(frozen=True)
class Mark:
    """What became of one submission."""

    entry: Entry
    result: Result
    lateness: Lateness | None = None
    """None without a late policy, or if the time of submission is unknown."""
    identical_to: tuple[str, ...] = ()
    """Keys of the other submissions with the same content: one was graded for all."""
    untouched: bool = False
    """Whether the program is the starter, as it was handed out."""
    decisions: tuple[Decision, ...] = ()
    """What people decided about it, applied last: see `decision.final`."""
