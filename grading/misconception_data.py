"""Make the patterns of the gallery, and measure how often the matcher is right about programs that it has not seen.

Both run the suite on many programs in this process, each in about a second.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grading import KIT
from grading.judge import judge
from grading.misconceptions import CLOSE, GALLERY, PATTERNS, about, nearest, pattern
from grading.result import Result, make_result
from grading.steps import tomllib


@dataclass(frozen=True)
class Variant:
    """A correct program with mistakes in it: `planted` names their misconceptions, and is empty for none."""

    base: str
    planted: tuple[str, ...]
    edits: tuple[tuple[str, str], ...]


def variants() -> list[Variant]:
    """Return the variants of variants.toml, and all correct programs as they are."""
    rows = tomllib.loads((GALLERY / "variants.toml").read_text(encoding="utf-8"))["variant"]
    planted = [Variant(row["base"], tuple(row["planted"]), tuple(map(tuple, row["edits"]))) for row in rows]
    return planted + [Variant(path.name, (), ()) for path in sorted((GALLERY / "correct").iterdir())]


@contextlib.contextmanager
def written(variant: Variant) -> Iterator[Path]:
    """Write the program into a temporary folder. Raises ValueError if a text to replace is not there exactly once."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "program")
        shutil.copytree(GALLERY / "correct" / variant.base, program)
        text = (program / "main.py").read_text(encoding="utf-8")
        for old, new in variant.edits:
            if text.count(old) != 1:
                raise ValueError(f"{variant.base} has {text.count(old)} times: {old}")
            text = text.replace(old, new)
        (program / "main.py").write_text(text, encoding="utf-8")
        yield program


def mark(folder: Path) -> Result:
    """Run the suite on a folder in this process."""
    return make_result(judge(str(folder), [str(KIT / "tests")], io.StringIO()), "", 0)


def own_pattern(name: str, result: Result) -> dict[str, str]:
    """Return the pattern of a gallery program: what it breaks, without the steps that it merely leaves out."""
    breaks = [f"test_step_{number:02}" for number in about(name)["breaks"]]
    return {key: seen for key, seen in pattern(result).items() if key[:12] in breaks}


def regenerate() -> int:
    """Write patterns.json."""
    names = sorted(path.parent.name for path in (GALLERY / "wrong").glob("*/main.py"))
    with _quiet():
        data = {name: own_pattern(name, mark(GALLERY / "wrong" / name)) for name in names}
    PATTERNS.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    print(f"{PATTERNS.name}: {len(data)} programs")
    return 0


def is_right(variant: Variant, name: str) -> bool:
    """Whether a match is right: it names a planted misconception, or the one that stands for it."""
    return name in {about(planted).get("like", planted) for planted in variant.planted}


def evaluate() -> int:
    """Print precision (how many of the shown matches are right) and recall (how many of the wrong programs get one)."""
    everything = variants()
    shown = right = 0
    for variant in everything:
        with written(variant) as folder, _quiet():
            match = nearest(mark(folder))
        good = match is not None and is_right(variant, match.name)
        shown += match is not None
        right += good
        if not good and (match or variant.planted):
            print(f"{variant.base} with {' and '.join(variant.planted) or 'no mistake'}: {match and match.name}")
    wrong = sum(bool(variant.planted) for variant in everything)
    print(f"{wrong} programs with mistakes, {len(everything) - wrong} without; a match is shown from {CLOSE} on.")
    print(
        f"precision {right} of {shown} = {right / max(shown, 1):.2f}, recall {right} of {wrong} = {right / wrong:.2f}"
    )
    return 0


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Send what the programs print, the log of their servers among it, nowhere."""
    kept = os.dup(1), os.dup(2)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            for number, copy in enumerate(kept, start=1):
                os.dup2(copy, number)
                os.close(copy)
