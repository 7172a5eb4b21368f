"""Read the times that LMSs write into names: without a zone, so nobody can tell more than what a clock there showed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from grading.classroom.download import Download

DATE = r"(?:[^\W\d_]{3,}\.? \d{1,2}|\d{1,2}\.? [^\W\d_]{3,}\.?),? \d{4} \d{3,4}(?: ?[AP]M)?"
"""A date and a time as in `Nov 20, 2026 1158 PM` or `20 November, 2026 2358`, in any language."""
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def remarks(download: Download) -> Iterator[str]:
    """Say what such times are worth."""
    told = "The times in this download have no zone: they are taken for the zone of --due."
    yield f"{told} --times FILE.csv gives others."


def written_date(text: str) -> str | None:
    """Return what matches DATE as a time in ISO 8601 without a zone; None if the month is not in English."""
    words = re.findall(r"[^\W\d_]+|\d+", text.casefold())
    half = words.pop() if words[-1] in ("am", "pm") else ""
    clock, year = words.pop(), words.pop()
    month = next((word for word in words if not word.isdigit()), "")[:3]
    day = next(word for word in words if word.isdigit())
    hour, minute = int(clock[:-2]), int(clock[-2:])
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return datetime(int(year), _MONTHS.index(month) + 1, int(day), hour, minute).isoformat()
    except ValueError:
        return None


def digits_time(text: str, *, separator: str = "") -> str | None:
    """Return year, month, day, hour, minute and second, written in digits, as a time in ISO 8601 without a zone."""
    try:
        return datetime.strptime(text.strip(), separator.join(["%Y", "%m", "%d", "%H", "%M", "%S"])).isoformat()
    except ValueError:
        return None
