"""The page's own files fit together: ids, colours that can be read, nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import grading.ui
from grading.tests.pages.test_accessible_pages import Outline, luminance

FOLDER = Path(grading.ui.__file__).parent / "page"
HTML, CSS, JS = ((FOLDER / name).read_text(encoding="utf-8") for name in ("page.html", "style.css", "page.js"))


def test_each_id_that_the_script_uses_is_on_the_page_once() -> None:
    ids = re.findall(r'\bid="([\w-]+)"', HTML)
    assert len(ids) == len(set(ids))
    used = set(re.findall(r'\$\("([\w-]+)"\)', JS)) | set(re.findall(r'(?:for|aria-labelledby)="([\w-]+)"', HTML))
    assert used
    assert used - set(ids) == set()


def test_the_outline_of_the_page() -> None:
    page = Outline(HTML)
    assert page.open == []
    assert page.all("html") == [{"lang": "en"}]
    assert [len(page.all(tag)) for tag in ("header", "main", "footer", "h1")] == [1, 1, 1, 1]
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}
    assert all(button["type"] in ("button", "submit") for button in page.all("button"))
    assert [each["id"] for each in page.all("div") if each.get("role") == "status" and "id" in each] == ["status"]
    assert all(heading["scope"] == "col" for heading in page.all("th"))


def test_nothing_comes_from_elsewhere_and_no_text_becomes_html() -> None:
    for text in (HTML, CSS, JS):
        assert not re.search(r"https?://|//[a-z]+\.|@import|url\(", text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", JS)
    assert not re.search(r"<[^>]+\s(on\w+|style)=", HTML)  # the page's policy would forbid it


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_contrast(scheme: int) -> None:
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    schemes = [dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block)) for block in blocks]
    assert schemes[0].keys() == schemes[1].keys()
    colours = {name: luminance(colour) for name, colour in schemes[scheme].items()}
    pairs = [(text, ground) for text in ("ink", "soft", "accent", "good", "bad") for ground in ("paper", "card")]
    for one, other in [*pairs, ("on", "accent")]:
        low, high = sorted([colours[one], colours[other]])
        assert (high + 0.05) / (low + 0.05) >= 4.5, f"{one} on {other}"


def test_nothing_moves_for_those_who_asked_for_less() -> None:
    outside = re.sub(r"@media \(prefers-reduced-motion: no-preference\) \{.*?\n\}", "", CSS, flags=re.DOTALL)
    assert outside != CSS
    assert not re.search(r"transition|animation|scroll-behavior", outside)
