"""Know what systems put beside submissions: index pages and tables of scores. They are nobody's work."""

from __future__ import annotations

import re

_NOBODYS = {
    r"index\.html?": "an index page",
    r"(?:.+-)?scores\.(?:csv|json)": "a table of scores",
    r"(?:grades|gradebook|roster|participants)\.(?:csv|xls|xlsx)": "a table of the class",
    r"results?\.json": "results of another grader",
}


def nobodys(name: str) -> str:
    """Return what the item of this name at the top of a download is; empty if it may be a submission."""
    return next((what for names, what in _NOBODYS.items() if re.fullmatch(names, name, re.IGNORECASE)), "")
