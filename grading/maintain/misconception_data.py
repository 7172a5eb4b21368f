"""Write the gallery's patterns: `python -m grading.maintain.misconception_data`; `--evaluate` measures the matcher.

That plants the misconceptions into other programs (grading/gallery/variants.toml), which the patterns are not made of,
and prints how often the match is right. Each program runs as in `grade check`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from grading import KIT
from grading.judging.judge import judge
from grading.maintain.gallery import programs
from grading.results.misconceptions import CLOSE, GALLERY, PATTERNS, about, nearest, pattern
from grading.results.result import Result, make_result

Mark = Callable[[Path], "Future[Result]"]
"""Starts the suite on a folder; the result comes about a second later."""


@dataclass(frozen=True)
class Variant:
    """A correct program with mistakes in it; `planted` names their misconceptions, if there are any."""

    base: str
    planted: tuple[str, ...]
    edits: tuple[tuple[str, str], ...]


def variants() -> list[Variant]:
    """Return the variants of variants.toml, and all correct programs unchanged."""
    rows = tomllib.loads((GALLERY / "variants.toml").read_text(encoding="utf-8"))["variant"]
    planted = [Variant(row["base"], tuple(row["planted"]), tuple(map(tuple, row["edits"]))) for row in rows]
    return planted + [Variant(path.name, (), ()) for path in programs("correct")]


@contextlib.contextmanager
def written(variant: Variant) -> Iterator[Path]:
    """Write the program into a temporary folder, which is yielded. Raises ValueError, see `edited`."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "program")
        shutil.copytree(GALLERY / "correct" / variant.base, program)
        main = program / "main.py"
        main.write_text(edited(main.read_text(encoding="utf-8"), variant.edits), encoding="utf-8")
        yield program


def edited(program: str, edits: Iterable[Sequence[str]]) -> str:
    """Replace the first text of each edit by its second. Raises ValueError unless it is there exactly once."""
    for old, new in edits:
        if program.count(old) != 1:
            raise ValueError(f"The program has {program.count(old)} times: {old}")
        program = program.replace(old, new)
    return program


def own_pattern(name: str, result: Result) -> dict[str, str]:
    """Return the pattern of a gallery program, only of the steps that it is meant to break."""
    breaks = [f"test_step_{number:02}" for number in about(name)["breaks"]]
    return {key: seen for key, seen in pattern(result).items() if key[:12] in breaks}


@contextlib.contextmanager
def marking() -> Iterator[Mark]:
    """Yield a function that runs the suite on a folder as `grade check` does, in two worker processes."""
    pool = ProcessPoolExecutor(2, get_context("spawn"), _say_nothing)
    try:
        yield lambda folder: pool.submit(_mark, folder)
    finally:
        pool.shutdown(cancel_futures=True)


def _say_nothing() -> None:
    """Discard what the programs print."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _mark(folder: Path) -> Result:
    return make_result(judge(str(folder), [str(KIT / "tests")], io.StringIO()), "", 0)


def regenerate() -> int:
    """Write patterns.json."""
    folders = sorted(path.parent for path in (GALLERY / "wrong").glob("*/main.py"))
    with marking() as mark:
        marked = {folder.name: mark(folder) for folder in folders}
        data = {name: own_pattern(name, result.result()) for name, result in marked.items()}
    PATTERNS.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    print(f"{PATTERNS.name}: {len(data)} programs")
    return 0


@dataclass(frozen=True)
class Evaluation:
    """How the matcher did."""

    precision: float
    """The share of the shown matches that are right."""
    recall: float
    """The share of the programs with mistakes that get a right match."""
    misses: tuple[str, ...]
    """Sentences about the programs that were matched wrongly, or not at all."""


def evaluate(chosen: Sequence[Variant], mark: Mark) -> Evaluation:
    """Run and match these variants. A match is right if it was planted, or stands for one that was."""
    with contextlib.ExitStack() as programs:
        marked = [mark(programs.enter_context(written(variant))) for variant in chosen]
        matches = [nearest(result.result()) for result in marked]
    shown = right = 0
    misses = []
    for variant, found in zip(chosen, matches, strict=True):
        good = found is not None and found.name in {about(name).get("like", name) for name in variant.planted}
        shown += found is not None
        right += good
        if not good and (found or variant.planted):
            planted = " and ".join(variant.planted) or "no mistake"
            misses.append(f"{variant.base} with {planted}: {found.name if found else 'no match'}")
    wrong_programs = sum(bool(variant.planted) for variant in chosen)
    return Evaluation(right / max(shown, 1), right / max(wrong_programs, 1), tuple(misses))


def report() -> int:
    """Print the evaluation of all variants."""
    everything = variants()
    with marking() as mark:
        result = evaluate(everything, mark)
    print(*result.misses, sep="\n")
    wrong = sum(bool(variant.planted) for variant in everything)
    print(f"{wrong} programs with mistakes, {len(everything) - wrong} without; a match is shown from {CLOSE} on.")
    print(f"precision {result.precision:.2f}, recall {result.recall:.2f}")
    return 0


if __name__ == "__main__":
    import sys

    sys.exit(report() if sys.argv[1:] == ["--evaluate"] else regenerate())
