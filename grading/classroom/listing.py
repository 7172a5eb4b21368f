"""List a class before anything is run: who is who, what would be graded of theirs, and what would be left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from grading.classroom.entry import Entry
from grading.intake.submission import SubmissionError, read_submission
from grading.text import shown

_LISTED = 6  # files of a submission


def listed(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield some lines for each entry, and how many could be graded. Nothing of a submission is run."""
    ready = everybody = 0
    for entry in entries:
        everybody += 1
        ids = ", ".join(f"{kind} {shown(id)}" for kind, id in entry.ids.items())
        facts = [ids, f"group {shown(entry.group)}" if entry.group else "", shown(entry.section)]
        yield " · ".join([f"{entry.name} ({entry.key})", *(fact for fact in facts if fact)])
        taken = _taken(entry)
        ready += taken.startswith("taken: ")
        yield f"    {taken}"
        if entry.submitted or entry.late:
            yield f"    handed in: {entry.submitted or 'late, says the LMS'}"
        yield from (f"    left out: {what}" for what in entry.left_out)
    yield f"{ready} of {everybody} could be graded. Nothing was run, and nothing was written."


def _taken(entry: Entry) -> str:
    if entry.problem is not None:
        return f"NOT TAKEN: {_one_line(entry.problem)}"
    try:
        names = sorted(read_submission(entry.path))
    except SubmissionError as problem:
        return f"NOT TAKEN: {_one_line(str(problem))}"
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"taken: {', '.join(shown(name) for name in names[:_LISTED])}{more}"


def _one_line(text: str) -> str:
    return text.splitlines()[0]
