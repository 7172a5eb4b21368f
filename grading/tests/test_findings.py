"""The findings are scripts for anybody: pinned, without the kit, each listed in their README under its title."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from grading import KIT

FOLDER = KIT / "findings"
SCRIPTS = sorted(FOLDER.glob("*.sh"))

_HEAD = re.compile(
    r"#!/usr/bin/env bash\n"
    r"# (?P<title>.+)\n"
    r"#\n"
    r"(?P<text>(?:# .+\n)+)"
    r"set -euo pipefail\n"
)
_ENTRY = re.compile(r"^- \[`(?P<name>[^`]+)`\]\((?P<link>[^)]+)\): (?P<title>.+)$", re.MULTILINE)
_INSTALL = re.compile(r"^venv/bin/pip install (.+)$", re.MULTILINE)
_PIN = re.compile(r"[A-Za-z0-9_-]+==[0-9][0-9A-Za-z.]*")
_MACHINE_PATH = re.compile(r"(?<![\w.$}/])/(?:home|root|tmp|work|opt|usr/local|Users|var|mnt)\b")
_ADDRESS = re.compile(r"https?://([^/\s\"'{]+)")
_HARMLESS_HOST = re.compile(r"127\.0\.0\.1:?|(?:[a-z0-9-]+\.)?test|api\.openai\.com")  # the last one is mocked

scripts = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


def head(script: Path) -> re.Match[str]:
    """Return the match of the comment that a script begins with."""
    found = _HEAD.match(script.read_text(encoding="utf-8"))
    assert found, f"{script.name} does not begin with its title, its text and `set -euo pipefail`"
    return found


def test_there_are_findings() -> None:
    assert len(SCRIPTS) >= 8


def test_readme_lists_each_script_under_its_title() -> None:
    entries = list(_ENTRY.finditer((FOLDER / "README.md").read_text(encoding="utf-8")))
    assert all(entry["name"] == entry["link"] for entry in entries)
    listed = [(entry["name"], entry["title"]) for entry in entries]
    assert sorted(listed) == [(script.name, head(script)["title"]) for script in SCRIPTS]


@scripts
def test_head_says_guess_outcome_reason_and_versions(script: Path) -> None:
    lines = [line.removeprefix("# ") for line in head(script)["text"].splitlines()]
    marks = ("One would guess ", "What happens: ", "Why it matters: ", "Seen with ")
    starts = [mark for line in lines for mark in marks if line.startswith(mark)]
    assert tuple(starts) == marks


@scripts
def test_every_package_is_pinned_and_named_in_the_head(script: Path) -> None:
    installs = _INSTALL.findall(script.read_text(encoding="utf-8"))
    assert len(installs) == 1
    packages = [word for word in shlex.split(installs[0]) if not word.startswith("--")]
    assert packages
    assert [word for word in packages if not _PIN.fullmatch(word)] == []
    name, release = packages[0].split("==")
    assert f"{name} {release}" in head(script)["text"]


@scripts
def test_script_cleans_up_and_stays_without_the_kit(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert os.access(script, os.X_OK)
    assert """work=$(mktemp -d)\ntrap 'rm -rf "$work"' EXIT\ncd "$work"\n""" in text
    assert re.search(r"^(?:unset PYTHONPATH\b|export PYTHONPATH=\$work$)", text, re.MULTILINE)
    assert not re.search(r"^\s*(?:from|import) (?:grading|solution|starter|tests)\b", text, re.MULTILINE)
    assert "as described" in text.splitlines()[-2] + text.splitlines()[-1]
    assert len(text.splitlines()) <= 85


@scripts
def test_script_holds_no_path_of_a_machine_and_no_foreign_host(script: Path) -> None:
    text = script.read_text(encoding="utf-8").removeprefix("#!/usr/bin/env bash")
    assert _MACHINE_PATH.findall(text) == []
    assert [host for host in _ADDRESS.findall(text) if not _HARMLESS_HOST.fullmatch(host)] == []
    assert "--index-url" not in text


@scripts
def test_bash_can_parse_the_script(script: Path) -> None:
    subprocess.run(["bash", "-n", str(script)], check=True)
