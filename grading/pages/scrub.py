"""Scrub a text for a student's page: remove keys, and paths on somebody's computer.

The texts are the suite's messages, which quote a student's program: its tracebacks, for example.
"""

from __future__ import annotations

import re

from grading.text import plain

# Prefixes of keys, from the providers' documentation; and JSON web tokens (RFC 7519).
_KEYS = re.compile(
    r"""(?<![A-Za-z0-9])(?:
        (?:sk|pk|rk|gsk|xai|hf|nvapi|pplx|r8|csk|ghp|gho|ghs|github_pat|glpat|xox[a-z])[-_][\w-]{4,}…?
      | AIza[\w-]{20,} | AKIA[A-Z0-9]{12,} | eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?
    )""",
    re.VERBOSE,
)
_BEARER = re.compile(r"(\bBearer\s+)[^\s\"']{6,}", re.IGNORECASE)
# A drive, or two backslashes and a server; JSON doubles each backslash. Names of folders may have spaces.
_WINDOWS = re.compile(
    r"(?<![A-Za-z])(?:[A-Za-z]:[\\/]+|\\{2,4}(?=\w))(?:[^\\/:*?\"<>|\r\n]+[\\/]+)*[^\s\\/:*?\"<>|,;]*"
)
# At least two names from the root. After a letter, a path is relative or a URL; after a method, it is a URL.
_POSIX = re.compile(
    r"(?<![\w/.:…~-])(?<!GET )(?<!POST )(?<!PUT )(?<!DELETE )(?:file://)?(?:/|~/)[\w.@+~-]+(?:/[\w.@+~%-]*[\w@+~%-])+/?"
)
_OURS = ("/generate/", "/v1/", "/docs/")  # paths of the contract and of providers' URLs, no files
_FILE = re.compile(r"[\w-]+\.py")


def scrub(text: str) -> str:
    """Return `text` without keys, absolute paths and invisible characters; a Python file's name stays."""
    text = _BEARER.sub(r"\1[key]", _KEYS.sub("[key]", plain(text)))
    return _POSIX.sub(_shortened, _WINDOWS.sub(_shortened, text))


def _shortened(path: re.Match[str]) -> str:
    if path[0].startswith(_OURS):
        return path[0]
    last = re.split(r"[\\/]", path[0])[-1]
    return f"…/{last}" if _FILE.fullmatch(last) else "[path]"
