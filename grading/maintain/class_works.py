"""What the students of a made-up class hand in, and the truth about it.

The truth of a program is its program.toml's, see grading/gallery/README.md.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import random
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grading import GALLERY
from grading.maintain.gallery import about, programs
from grading.maintain.raw_zip import raw
from grading.results.steps import MAX_BONUS, STEPS

CORE = [step.number for step in STEPS if step.judged == "suite"]


@dataclass(frozen=True)
class Truth:
    """What must come out. None: anything."""

    kind: str
    graded: bool | None = True
    breaks: list[int] | None = None
    """Exactly the core steps, and step 10 if it is a mistake in it, in which marks are lost."""
    bonus: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Work:
    """What a student hands in: files by name; `whole` if they can't be taken apart."""

    files: dict[str, bytes]
    truth: Truth
    whole: bool = False


def works(size: int, chance: random.Random, corpus: bool) -> Iterator[Work]:
    """Yield what a class of this size hands in: each program of the gallery at least once, if there is room."""
    known = [*_gallery(), *(_corpus() if corpus else []), *_hostile_zips(), *_odd()]
    chance.shuffle(known)
    for number in range(size):
        yield known[number] if number < len(known) else chance.choice(known)


def _gallery() -> Iterator[Work]:
    for kind in ("correct", "wrong"):
        for folder in programs(kind):
            facts = about(folder)
            bonus = float(MAX_BONUS) if facts.get("bonus") else None
            yield Work(_files(folder), Truth(f"{kind}/{folder.name}", True, facts.get("breaks", []), bonus))


def _files(folder: Path) -> dict[str, bytes]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found if path.name != "program.toml"}


def _corpus() -> Iterator[Work]:
    for program in hostile_corpus().values():
        with tempfile.TemporaryDirectory() as place:
            folder = program.hand_in(Path(place, "submission"), {})
            yield Work(_files(folder), Truth(f"hostile/{program.name}", None))


def _hostile_zips() -> Iterator[Work]:
    yield Work({"main.py": b"import os\nos._exit(0)\n"}, Truth("hostile exit", None, most=0))
    zips = {
        "leads out": raw([b"main.py", b"../evil.py"]),
        "link": raw([b"main.py"], b"/etc/passwd", mode=stat.S_IFLNK | 0o777),
        "password": raw([b"main.py"], flags=1),
        "cut off": raw([b"main.py"])[:-30],
        "bomb": zipped({"main.py": b"app = 1\n", **{f"zeros{n}": b"\0" * 5_000_000 for n in range(5)}}),
    }
    for name, data in zips.items():
        yield Work({"hw.zip": data}, Truth(f"hostile zip: {name}", False, most=0), whole=True)


def hostile_corpus() -> dict[str, Any]:
    """Return the hostile programs by name; a copy of the kit without them has none."""
    if importlib.util.find_spec("grading.maintain.hostile") is None:
        return {}
    corpus = importlib.import_module("grading.maintain.hostile")
    return {program.name: program for program in corpus.hostile_programs()}


def _odd() -> Iterator[Work]:
    right = (GALLERY / "correct" / "sync_completion" / "main.py").read_bytes()
    yield Work({"my program (final).py": right}, Truth("a lone program of another name", True, []))
    yield Work({"main.py": right, "report.pdf": b"%PDF-1.7\n"}, Truth("with a report", True, []))
    yield Work(
        {"hw.zip": zipped({"deep/er/main.py": right}), "notes.txt": b"hi"}, Truth("zip and notes", True, []), True
    )
    yield Work({"main.py": b""}, Truth("empty program", True, CORE, 0, 0))
    odd = {
        "no program": {"report.pdf": b"%PDF-1.7\n"},
        "other names": {"server.py": right, "helpers.py": b""},
        "syntax error": {"main.py": b"def f(:\n"},
        "not UTF-8": {"main.py": b"name = 'M\xfcller'\n"},
        "two programs": {"hw.zip": zipped({"a/main.py": right, "b/main.py": b"app = 1\n"})},
        "two zips": {"a.zip": zipped({"main.py": right}), "b.zip": zipped({"main.py": b"app = 1\n"})},
        "zip and another program": {"hw.zip": zipped({"main.py": right}), "main.py": b"app = 1\n"},
        "rar": {"hw.rar": b"Rar!\x1a\x07\x01\x00"},
    }
    for name, files in odd.items():
        yield Work(files, Truth(name, False, most=0), whole=len(files) == 1)


def zipped(files: dict[str, bytes], folder: str = "") -> bytes:
    """Return a zip of the files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(folder + name, content)
    return data.getvalue()
