"""Groups of submissions that are the same or similar, with their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grading.pages.similarity import SimilarPair


@dataclass(frozen=True)
class SimilarGroup:
    """Students whose programs are linked by similar pairs."""

    names: list[str]
    pairs: list[tuple[str, str, SimilarPair, str]]
    """The two names, the pair, and the page that shows both programs ("" if there is none)."""


def named(groups: Iterable[Sequence[str]], names: Mapping[str, str]) -> list[list[str]]:
    """Return groups of names, of groups of keys."""
    return sorted(sorted(names.get(key, key) for key in group) for group in groups)


def similar_groups(
    pairs: Sequence[SimilarPair], names: Mapping[str, str], pages: Mapping[tuple[str, str], str]
) -> list[SimilarGroup]:
    """Return the pairs as groups, those with the most similar pair first. names: by key; pages: by pair of keys."""
    group_of: dict[str, set[str]] = {}
    for pair in pairs:
        joined = set(pair.keys).union(*(group_of.get(key, ()) for key in pair.keys))
        group_of |= dict.fromkeys(joined, joined)
    found: dict[int, SimilarGroup] = {}
    for pair in pairs:
        keys = group_of[pair.keys[0]]
        group = found.setdefault(id(keys), SimilarGroup(sorted(names.get(key, key) for key in keys), []))
        one, other = (names.get(key, key) for key in pair.keys)
        group.pairs.append((one, other, pair, pages.get(pair.keys, "")))
    return list(found.values())
