"""Gradescope, "Export Submissions": one folder per submission, and submission_metadata.yml, which says whose it is.

submission_123: {:submitters: [{:name:, :sid:, :email:}], :created_at: time, …}; the keys are Ruby symbols. A group's
submission becomes one entry per member. Source: exports as public tools read them (otter-grader, among others).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from grading.classroom.download import Download, Item
from grading.classroom.entry import ClassError, Entry
from grading.classroom.layouts.new_entry import entry_key, make_entry, misfit
from grading.intake.collection import open_unlinked
from grading.text import shown

METADATA = "submission_metadata.yml"
MAX_METADATA = 64_000_000  # bytes: it also holds the results of earlier gradings
MAX_NESTED = 50
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same, much faster


def entries(download: Download) -> Iterator[Entry]:
    """Yield one entry per submitter. Raises ClassError if the metadata can't be read."""
    metadata = _metadata(download)
    for item in download.items:
        if item.name in metadata:
            yield from _submitters(metadata.pop(item.name), item, download.place)
        elif item.name != METADATA:
            yield misfit(item, f"Gradescope: {METADATA} does not list it")
    for name, row in metadata.items():
        told = f"{METADATA} lists {shown(name)}, but the export has no such folder."
        yield from _submitters(row, Item(name, download.place / "missing", told), download.place)


def recognised(download: Download) -> int:
    """Return the number of items if the metadata is there: it explains all of them, or says that it does not."""
    return len(download.items) if any(item.name == METADATA for item in download.items) else 0


def _metadata(download: Download) -> dict[str, dict[str, Any]]:
    item = next((item for item in download.items if item.name == METADATA), None)
    if item is None or item.problem:
        raise ClassError(f"The export has no {METADATA} that can be read. Export the submissions again.")
    with open(item.path, "rb", opener=open_unlinked) as stream:
        data = stream.read(MAX_METADATA + 1)
    if len(data) > MAX_METADATA:
        raise ClassError(f"{METADATA} is larger than {MAX_METADATA // 10**6} MB.")
    try:
        _check_depth(data)
        found = yaml.load(data, _Loader)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as problem:
        raise ClassError(f"{METADATA} can't be read: {shown(str(problem), 200)}") from problem
    if not isinstance(found, dict):
        raise ClassError(f"{METADATA} does not list submissions. Export them again.")
    return {str(name): row if isinstance(row, dict) else {} for name, row in found.items()}


def _check_depth(data: bytes) -> None:
    """Raise ValueError for deep nesting, which no export has: libyaml's loader recurses in C and would crash."""
    depth = 0
    for event in yaml.parse(data, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_NESTED:
                raise ValueError("it is nested too deeply")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _submitters(row: dict[str, Any], item: Item, place: Path) -> Iterator[Entry]:
    people = row.get(":submitters")
    number = item.name.removeprefix("submission_")
    people = [person for person in people if isinstance(person, dict)] if isinstance(people, list) else []
    for position, person in enumerate(people or [{}], start=1):
        name = str(person.get(":name") or item.name)
        fields = {"email": person.get(":email"), "student_id": person.get(":sid")}
        yield make_entry(
            item,
            place,
            name,
            key=entry_key(name, number if position == 1 else f"{number}-{position}"),
            ids={"gradescope_submission": number, **{kind: str(id) for kind, id in fields.items() if id}},
            submitted=_time(row.get(":created_at")),
        )


def _time(value: object) -> str | None:
    """Return the time in ISO 8601; Gradescope writes UTC."""
    if not isinstance(value, datetime):
        return None
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat(timespec="seconds")
