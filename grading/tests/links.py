"""Find dead links in Markdown pages: files that are missing, and headings that no page has."""

from __future__ import annotations

import re
from pathlib import Path

FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
"""A block of code: its language and its text."""
_SPAN = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_NOT_OURS = {"node_modules", "site-packages"}
_TEMPLATES = {"student_readme.md"}  # becomes the README of a student's copy, where its links are checked


def markdown_pages(root: Path) -> list[Path]:
    """Return the Markdown files below `root`, without templates and hidden folders."""
    found = sorted(root.rglob("*.md"))
    return [
        page
        for page in found
        if page.name not in _TEMPLATES
        and not any(part.startswith(".") or part in _NOT_OURS for part in page.relative_to(root).parts)
    ]


def dead_links(root: Path) -> list[str]:
    """Return a line for each relative link in a page below `root` that leads nowhere."""
    return [
        f"{page.relative_to(root).as_posix()}: {link}"
        for page in markdown_pages(root)
        for link in _LINK.findall(_SPAN.sub("", FENCE.sub("", page.read_text(encoding="utf-8"))))
        if "://" not in link and not _leads_somewhere(page, link)
    ]


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = (title.strip().lower() for title in _HEADING.findall(FENCE.sub("", text)))
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def _leads_somewhere(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    # A notebook's text is read beside the notebook that is built from it, one folder above.
    folder = page.parent.parent if page.parent.name == "text" else page.parent
    target = folder / name if name else page
    if not target.exists():
        return False
    return not anchor or anchor in anchors(target.read_text(encoding="utf-8"))
