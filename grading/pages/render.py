"""The templates, and how text gets into them: HTML is escaped by Jinja2, Markdown by the filters here."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from grading.results.assignment import ASSIGNMENT
from grading.text import fenced

# Behind an @, so that GitHub, which looks for "@name" after all escapes are gone, notifies nobody of that name.
_JOINER = "\N{WORD JOINER}"
# What means something inside a line, and the two ways in which GitHub's Markdown finds a link in plain text.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~&]|:(?=//)|(?<=www)\.)", re.IGNORECASE)


def escape_markdown(text: str) -> str:
    """Return `text` for use inside a line of Markdown, where it means nothing but itself (CommonMark 2.4)."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split())).replace("@", f"@{_JOINER}")


def percent(share: float) -> str:
    """Return a share as whole percents, but never 0 % or 100 % for what is not quite that."""
    whole = round(100 * share)
    if share not in (0, 1) and whole in (0, 100):
        return "under 1 %" if whole == 0 else "over 99 %"
    return f"{whole} %"


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=lambda name: name is None or not name.endswith(".md.j2"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters |= {"md": escape_markdown, "fenced": fenced, "percent": percent, "number": "{:g}".format}
_TEMPLATES.globals["assignment"] = ASSIGNMENT.title


def render(template: str, **values: object) -> str:
    """Fill a template of the folder `templates`."""
    return _TEMPLATES.get_template(template).render(**values).rstrip() + "\n"
