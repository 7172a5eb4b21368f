"""Find pairs of submissions that share unusual passages: places to look, never a verdict.

Winnowing (Schleimer, Wilkerson, Aiken: Local Algorithms for Document Fingerprinting, SIGMOD 2003) by the package
copydetect, an optional extra. What everybody was given, the starter and the hints, does not count, nor do passages that
many submissions have: the assignment is small, so most good programs share its idioms. MOSS does the same.

Time: a passage that more than `_most` submissions have is dropped, so each one makes at most `_most`² / 2 pairs, and
`_most` never exceeds 50: the work grows with the number of submissions, not with its square.
"""

from __future__ import annotations

import io
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from grading.results.assignment import ASSIGNMENT
from grading.results.steps import STEPS

INSTALL = "Similar submissions were not looked for. To find them, run once: python3 -m grading setup --class"
PASSAGE = 25  # characters of code, a name or string counting as one: about a statement and a half
WINDOW = 10  # copydetect's fingerprints: a copy of PASSAGE + WINDOW - 1 characters is always found
LEAST_PASSAGES, LEAST_SHARE = 20, 0.6
"""Of a pair. Among the 86 programs of the gallery, written apart on the same task, none reaches both."""
MOST_PAIRS = 100


class SimilarityUnavailable(Exception):
    """The package copydetect is not installed; the text says how to get it."""


@dataclass(frozen=True)
class SimilarPair:
    """Two submissions to compare by eye."""

    keys: tuple[str, str]
    share: float
    """Share of the smaller one's unusual passages that the other one has, too: LEAST_SHARE to 1."""
    passages: int


class Similarity:
    """Fingerprints of a class. Call `add` for each different submission, then `pairs`."""

    def __init__(self) -> None:
        """Raises SimilarityUnavailable without the extra."""
        self._given = set(_fingerprints(_given_texts(), window=1))
        self._holders: defaultdict[int, list[str]] = defaultdict(list)
        self._submissions = 0

    def add(self, key: str, contents: Mapping[str, bytes]) -> None:
        """Keep the fingerprints of the Python files among `contents`."""
        files = (content.decode("utf-8", "replace") for name, content in contents.items() if name.endswith(".py"))
        sources = (io.StringIO(text, newline=None).read() for text in files)
        self._submissions += 1
        for number in set(_fingerprints(sources, WINDOW)) - self._given:
            self._holders[number].append(key)

    def pairs(self) -> list[SimilarPair]:
        """Return at most MOST_PAIRS pairs, most similar first, in the same order in each run."""
        common = _most(self._submissions)
        unusual: Counter[str] = Counter()
        shared: Counter[tuple[str, str]] = Counter()
        for keys in self._holders.values():
            if len(keys) <= common:
                unusual.update(keys)
                shared.update(combinations(sorted(keys), 2))
        pairs = (SimilarPair(pair, n / min(unusual[key] for key in pair), n) for pair, n in shared.items())
        found = [pair for pair in pairs if pair.passages >= LEAST_PASSAGES and pair.share >= LEAST_SHARE]
        return sorted(found, key=lambda pair: (-pair.share, -pair.passages, pair.keys))[:MOST_PAIRS]


def _most(submissions: int) -> int:
    """Return how many submissions may share a passage before it is common: MOSS's 10, or 5 % of a large class."""
    return max(2, min(submissions // 2, max(10, submissions // 20), 50))


def _given_texts() -> Iterator[str]:
    yield from (path.read_text(encoding="utf-8") for path in sorted((ASSIGNMENT.folder / "starter").glob("*.py")))
    for row in STEPS:
        yield from row.hints


def _fingerprints(texts: Iterable[str], window: int) -> Iterator[int]:
    try:
        import numpy
        from copydetect.utils import filter_code, winnow
    except ImportError as problem:
        raise SimilarityUnavailable(INSTALL) from problem
    for text in texts:
        code, _ = filter_code(text, ASSIGNMENT.program, "python")
        encoded: Sequence[bytes] = [code[at : at + PASSAGE].encode() for at in range(len(code) - PASSAGE + 1)]
        # copydetect uses Python's own hash, which differs from run to run.
        hashes = numpy.array([zlib.crc32(passage) for passage in encoded], dtype=numpy.int64)
        if len(hashes) >= window:
            yield from winnow(hashes, window)[0].tolist()
