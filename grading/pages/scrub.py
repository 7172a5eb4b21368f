"""Scrub a text for a student's page: remove keys, and paths on somebody's computer.

The texts are the suite's messages, which quote a student's program: its tracebacks, for example.
"""

from __future__ import annotations

import functools
import re

from grading.results.assignment import ASSIGNMENT
from grading.text import plain

_KEYS = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(ASSIGNMENT.secrets) or '(?!)'})")
_BEARER = re.compile(r"(\bBearer\s+)[^\s\"']{6,}", re.IGNORECASE)
# A drive, or two backslashes and a server; JSON doubles each backslash. Names of folders may have spaces.
_WINDOWS = re.compile(
    r"(?<![A-Za-z])(?:[A-Za-z]:[\\/]+|\\{2,4}(?=\w))(?:[^\\/:*?\"<>|\r\n]+[\\/]+)*[^\s\\/:*?\"<>|,;]*"
)
# At least two names from the root. After a letter, a path is relative or a URL; after a method, it is a URL.
_POSIX = re.compile(
    r"(?<![\w/.:…~-])(?<!GET )(?<!POST )(?<!PUT )(?<!DELETE )(?:file://)?(?:/|~/)[\w.@+~-]+(?:/[\w.@+~%-]*[\w@+~%-])+/?"
)
_FILE = re.compile(r"[\w-]+\.py")


@functools.lru_cache(200)  # of one submission, which may say the same in each of its messages
def scrub(text: str) -> str:
    """Return `text` without keys, absolute paths and invisible characters; a Python file's name stays."""
    text = _BEARER.sub(r"\1[key]", _KEYS.sub("[key]", plain(text)))
    return _POSIX.sub(_shortened, _WINDOWS.sub(_shortened, text))


def _shortened(path: re.Match[str]) -> str:
    if path[0].startswith(ASSIGNMENT.paths):
        return path[0]
    last = re.split(r"[\\/]", path[0])[-1]
    return f"…/{last}" if _FILE.fullmatch(last) else "[path]"
