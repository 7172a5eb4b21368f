"""Tell whether a line of a log says how long something took."""

from __future__ import annotations

import re

_OTHER_NUMBERS = re.compile(
    r"""
      HTTP/\d[.\d]*                                                      # a protocol
    | \b\d+(?:\.\d+){3}(?::\d+)?                                         # an address
    | \#\d+                                                              # a request's number
    | \b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b                  # its id
    | (?<!\d)20\d\d-\d\d-\d\d T?                                         # a date
    | (?<!\d)(?!00:00:)\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?   # the time of the day
    | \b1[7-9]\d{8}[.\d]*                                                # the time since 1970, in any unit
    """,
    re.VERBOSE | re.IGNORECASE,
)


def tells_how_long(line: str, outcome: re.Pattern[str]) -> bool:
    """Whether `outcome` is found in the line, and beside it a number that may be a duration.

    A duration has any unit and form, 00:00:01 among them. What tells when, where or which is none.
    """
    rest, found = outcome.subn("", _OTHER_NUMBERS.sub("", line), count=1)
    return found > 0 and re.search(r"\d", rest) is not None


def tells_outcome_and_time(text: str, status: int) -> bool:
    """Whether a record of the log has this status, or the class of an error, and how long the request took."""
    error = r"|\b[A-Z]\w*(?:Error|Exception)\b|\b\w*Timeout\b|\b(?:[A-Z][a-z]+){2,}\b" if status >= 400 else ""
    return tells_how_long(text, re.compile(rf"\b{status}\b{error}"))
