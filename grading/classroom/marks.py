"""Read the marks of a graded class, each result once: what is made of them must share one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from grading.classroom.entry import Entry, Mark
from grading.classroom.late import LatePolicy
from grading.classroom.store import Store
from grading.results.result import not_graded


def read_marks(
    entries: Iterable[Entry], store: Store, identical: Iterable[list[str]], policy: LatePolicy | None
) -> Iterator[Mark]:
    """Yield the marks in the download's order; only one result is in memory at a time. Raises OSError.

    identical: keys of submissions with the same content, group by group.
    """
    groups = {key: group for group in identical for key in group}
    for entry in entries:
        result = store.read(entry.key) or not_graded("There is no result. Run the same line again.")
        others = tuple(key for key in groups.get(entry.key, ()) if key != entry.key)
        yield Mark(entry, result, policy.lateness(entry, result) if policy else None, others)
