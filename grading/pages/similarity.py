"""Find pairs of submissions that share unusual passages: places to look, never a verdict.

Winnowing (Schleimer, Wilkerson, Aiken: Local Algorithms for Document Fingerprinting, SIGMOD 2003) by the package
copydetect, an optional extra. Left out are what everybody was given, the starter and the hints, and passages that many
submissions have: the assignment is small, so most good programs share its idioms. MOSS does the same.

Time: a passage that more than `_most` submissions have is dropped, so each one makes at most `_most`² / 2 pairs, and
`_most` never exceeds 50: the work grows with the number of submissions, not with its square.
"""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from grading import KIT
from grading.classroom.record import Entry
from grading.intake.submission import SubmissionError, open_submission
from grading.results.steps import STEPS

INSTALL = "Similar submissions were not looked for. That needs the package copydetect: python3 -m grading setup --dev"
PASSAGE = 25  # characters of code, names and strings counted as one: about a statement and a half
WINDOW = 10  # copydetect's fingerprints: a copy of PASSAGE + WINDOW - 1 characters is always found
LEAST_PASSAGES, LEAST_SHARE = 20, 0.6
"""Of a pair. Among the 86 programs of the gallery, written apart on the same task, none reaches both."""
MOST_PAIRS = 100


class SimilarityUnavailable(Exception):
    """The package that finds similar submissions is not installed; the text says how to get it."""


@dataclass(frozen=True)
class SimilarPair:
    """Two submissions to compare by eye."""

    keys: tuple[str, str]
    share: float
    """Of the unusual passages of the smaller one, how many the other has, too: LEAST_SHARE to 1."""
    passages: int


def similar_pairs(entries: Iterable[Entry]) -> list[SimilarPair]:
    """Compare the programs of `entries`; one of several identical ones is enough, those are found by their hash.

    Returns: at most MOST_PAIRS, most similar first; the same at each run. Submissions that can't be read are left out.
    Raises: SimilarityUnavailable without the extra.
    """
    given = set(_fingerprints(_given_texts(), window=1))
    prints = {entry.key: set(_fingerprints(_sources(entry), WINDOW)) - given for entry in entries}
    holders: defaultdict[int, list[str]] = defaultdict(list)
    for key in sorted(prints):
        for number in prints[key]:
            holders[number].append(key)
    common = _most(len(prints))
    unusual: Counter[str] = Counter()
    shared: Counter[tuple[str, str]] = Counter()
    for keys in holders.values():
        if len(keys) <= common:
            unusual.update(keys)
            shared.update(combinations(keys, 2))
    pairs = (SimilarPair(keys, n / min(unusual[key] for key in keys), n) for keys, n in shared.items())
    found = [pair for pair in pairs if pair.passages >= LEAST_PASSAGES and pair.share >= LEAST_SHARE]
    return sorted(found, key=lambda pair: (-pair.share, -pair.passages, pair.keys))[:MOST_PAIRS]


def _most(submissions: int) -> int:
    """Return how many submissions may have a passage before it counts as common: MOSS's 10, or 5 % of a large class."""
    return max(2, min(submissions // 2, max(10, submissions // 20), 50))


def _given_texts() -> Iterator[str]:
    yield from (path.read_text(encoding="utf-8") for path in sorted((KIT / "starter").glob("*.py")))
    for row in STEPS:
        yield from row.hints


def _sources(entry: Entry) -> Iterator[str]:
    try:
        with open_submission(entry.path) as submission:
            for path in sorted(submission.folder.rglob("*.py")):
                yield path.read_text(encoding="utf-8", errors="replace")
    except SubmissionError:
        return


def _fingerprints(texts: Iterable[str], window: int) -> Iterator[int]:
    try:
        import numpy
        from copydetect.utils import filter_code, winnow
    except ImportError as problem:
        raise SimilarityUnavailable(INSTALL) from problem
    for text in texts:
        code, _ = filter_code(text, "main.py", "python")
        encoded: Sequence[bytes] = [code[at : at + PASSAGE].encode() for at in range(len(code) - PASSAGE + 1)]
        # copydetect's own hash is Python's, which differs from run to run.
        hashes = numpy.array([zlib.crc32(passage) for passage in encoded], dtype=numpy.int64)
        if len(hashes) >= window:
            yield from winnow(hashes, window)[0].tolist()
