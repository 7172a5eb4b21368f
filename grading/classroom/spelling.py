"""Compare names of people and groups as different systems spell them."""

from __future__ import annotations

import re
import unicodedata

_MOST = 12  # words of a name


def flat(name: str) -> str:
    """Return a name without accents, signs and capitals, its words parted by single blanks."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("_", " "))
    return " ".join(re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c))))


def spellings(name: str) -> frozenset[str]:
    """Return how a name is compared: its words in any order, or run together from any one on, as Canvas does it."""
    words = flat(name).split()
    together = {"".join(words[at:] + words[:at]) for at in range(min(len(words), _MOST))}
    return frozenset({" ".join(sorted(words)), *together} - {""})


def is_moodle_name(folder: str, name: str) -> bool:
    """Return whether a folder of Moodle's is of the student of this name: it may begin with the group's name."""
    # The group's name and the student's may both hold hyphens, so each one may be the border.
    ends = [folder, *(folder[at + 1 :] for at, sign in enumerate(folder) if sign == "-")]
    return any(spellings(end) & spellings(name) for end in ends)
