"""The pages can be read by a screen reader, used by keyboard, and told apart by everybody's eyes (WCAG 2.2 AA).

What can be known from the source is tested here. With Node, Chromium and a folder NODE_MODULES that has axe-core and
puppeteer-core, axe looks at the pages in the browser, too:
KIT_AXE=NODE_MODULES pytest grading/tests/pages/test_accessible_pages.py
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from grading import KIT
from grading.tests.marks import BELIEF, a_mark, a_result, message, with_hidden, write_pages
from grading.tests.pages.test_class_report import PAIRS, a_class

PAGES = [
    *("class-report.html", "feedback/a.html", "feedback/b.html", "feedback/d.html", "few/class-report.html"),
    *("class-summary.html", "few/class-summary.html", "similar/001.html"),
]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
VOID = {"meta", "link", "br", "img", "hr", "input"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages of every kind."""
    out = tmp_path_factory.mktemp("pages")
    options: dict[str, Any] = {
        "similar_pairs": PAIRS,
        "read_files": lambda key: {"main.py": f"app = 1\n\n{key} = 2\n".encode()},
    }
    write_pages(a_class(), out, nearest=lambda result: BELIEF if result.score < 80 else None, **options)
    few = [a_mark(with_hidden(a_result({6: message()})), f"s{number}") for number in range(25)]
    write_pages(few, out / "few", nearest=lambda result: BELIEF, show_hidden=True)
    return out


class Outline(HTMLParser):
    """What a screen reader goes by."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.mark.parametrize("name", PAGES)
def test_structure(folder: Path, name: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    page = Outline(text)
    assert page.open == []
    assert page.all("html") == [{"lang": "en"}]
    assert re.search(r"<title>\S.*</title>", text)
    assert [len(page.all(tag)) for tag in ("header", "main", "footer", "h1", "title")] == [1] * 5
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(heading.get("scope") in ("col", "row") for heading in page.all("th"))
    assert page.all("th") or name in ("feedback/d.html", "similar/001.html")
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.elements:
        assert not {name for name in attributes if name.startswith("on")}
        target = attributes.get("aria-labelledby") or (attributes.get("href") or "#main").removeprefix("#")
        assert target in ids or target == "data:," or ((folder / name).parent / target).is_file()
    # By keyboard: the first link leads to the content, and what scrolls sideways can be reached.
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}
    assert all(
        box.get("tabindex") == "0" and box.get("aria-label") for box in page.all("div") if box.get("class") == "scroll"
    )
    for picture in page.all("svg"):
        assert picture["role"] == "img"
        assert picture["aria-label"]
    assert len(page.all("script")) == ("class-report" in name)
    assert not page.all("img", "iframe", "object", "form", "base")


def test_the_pages_policy_allows_the_one_script_that_sorts_and_no_other(folder: Path) -> None:
    text = (folder / "class-report.html").read_text(encoding="utf-8")
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"; script-src 'sha256-{digest}'\">" in text
    assert "unsafe-inline" not in text.partition("script-src")[2].partition(">")[0]


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_loaded_from_elsewhere(folder: Path, name: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    names = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}  # names of XML's, never fetched
    assert set(re.findall(r"(?:https?:)?//[^\s\"'<)]+", text)) <= names
    assert not re.search(r"@import|url\((?!#)", text)


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(scheme: str) -> None:
    style = (KIT / "grading" / "pages" / "templates" / "style.css").read_text(encoding="utf-8")
    blocks = [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    ]
    light, dark = blocks
    assert light.keys() == dark.keys()
    colours = {name: luminance(colour) for name, colour in (light if scheme == "light" else dark).items()}
    for ground in ("paper", "card"):
        for text in ("ink", "soft", "accent", "good", "bad"):
            low, high = sorted([colours[ground], colours[text]])
            assert (high + 0.05) / (low + 0.05) >= 4.5, f"{text} on {ground}"
    # The part of a bar that is filled, against the rest of it: 1.4.11.
    low, high = sorted([colours["accent"], colours["line"]])
    assert (high + 0.05) / (low + 0.05) >= 3


@pytest.mark.skipif(
    not (os.environ.get("KIT_AXE") and shutil.which("node") and CHROMIUM), reason="needs KIT_AXE, Node and Chromium"
)
def test_axe_finds_nothing(folder: Path) -> None:
    script = Path(__file__).parent / "accessibility" / "axe.mjs"
    command = ["node", str(script), os.environ.get("KIT_AXE", ""), CHROMIUM, *(str(folder / name) for name in PAGES)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=3600, check=True)
    found = json.loads(ran.stdout)
    assert len(found) == 4 * len(PAGES)
    assert {view: faults for view, faults in found.items() if faults} == {}
