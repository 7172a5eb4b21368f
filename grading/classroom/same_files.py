"""Find submissions with the same main.py or the same test_main.py, and starters that nobody worked on.

The plan finds submissions that are the same in every file, and grades them once. A copied main.py beside another
test_main.py is not among them, though it is what an instructor looks for.
"""

from __future__ import annotations

import contextlib
import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping

from grading import KIT
from grading.results.assignment import ASSIGNMENT
from grading.results.starter import NoSolution, starter_files


class SameFiles:
    """Hashes of a class's files. Call `add` for each different submission, then read the groups."""

    def __init__(self) -> None:
        self._holders: dict[str, defaultdict[bytes, list[str]]] = {
            name: defaultdict(list) for name in (ASSIGNMENT.program, ASSIGNMENT.own_tests) if name
        }
        self._untouched: set[str] = set()

    def add(self, key: str, contents: Mapping[str, bytes]) -> None:
        """Note the files of the submission with this key."""
        for name, holders in self._holders.items():
            text = _text(contents.get(name, b""))
            if text and text not in handed_out().get(name, ()):
                holders[text].append(key)
            elif text and name == ASSIGNMENT.program:
                self._untouched.add(key)

    def untouched(self, identical: Iterable[list[str]] = ()) -> set[str]:
        """Return the keys of those whose program is the starter.

        identical: groups of keys whose submissions are the same in every file, of which one was added.
        """
        return set(_all_of(sorted(self._untouched), identical))

    def groups(self, identical: Iterable[list[str]] = ()) -> dict[str, list[list[str]]]:
        """Return the name of each file, with the groups of keys that have the same one; see `untouched`.

        A group that has all other files in common, too, is left out: it is one of `identical`.
        """
        known = [sorted(group) for group in identical]
        found = {name: [_all_of(keys, known) for keys in holders.values()] for name, holders in self._holders.items()}
        return {
            name: sorted(group for group in groups if len(group) > 1 and group not in known)
            for name, groups in found.items()
        }


def _all_of(keys: Iterable[str], identical: Iterable[list[str]]) -> list[str]:
    """Return these keys, and those that are identical to one of them."""
    keys = set(keys)
    return sorted(keys.union(*(group for group in identical if not keys.isdisjoint(group))))


@functools.cache
def handed_out() -> Mapping[str, frozenset[bytes]]:
    """Return the starter's files by name: cut from the solution, or as starter/ has them where there is none."""
    files = {path.name: path.read_bytes() for path in (ASSIGNMENT.folder / "starter").glob("*.py")}
    if ASSIGNMENT.folder == KIT:  # where starter/ may hold somebody's own work
        with contextlib.suppress(NoSolution):
            files = {name: text.encode() for name, text in starter_files().items()}
    return {name: frozenset({_text(data)}) for name, data in files.items()}


def _text(data: bytes) -> bytes:
    """Return a file without what an editor or Windows changes by itself: line ends, blanks at the ends of lines."""
    return b"\n".join(line.rstrip() for line in data.removeprefix(b"\xef\xbb\xbf").splitlines()).strip()
