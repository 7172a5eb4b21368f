"""`python -m grading.maintain.compare_checkouts OTHER`: do two checkouts of the kit grade alike?

Hands in the solution, the starter, the gallery and the hostile programs as one class, grades it with `grade class` of
both checkouts (OTHER is a folder, for example one that `git worktree add` made), and prints each difference between the
results. Versions, hashes and durations are left out. With `--keep DIR`, class and results stay in DIR: a second call
grades only with a checkout that has changed since. Exit code 1 if anything differs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grading import KIT
from grading.maintain.gallery import programs
from grading.maintain.hostile import canaries, hostile_programs

_LEFT_OUT = ("versions", "hashes", "duration_s")


def hand_in(place: Path, aim: dict[str, Any], names: list[str]) -> None:
    """Lay a class of all programs, or those of these names, into `place`: a folder each."""
    for folder in (KIT / "solution", KIT / "starter", *programs("correct"), *programs("wrong")):
        if not names or folder.name in names:
            shutil.copytree(folder, place / folder.name)
    for program in hostile_programs():
        if not names or program.name in names:
            program.hand_in(place / f"hostile_{program.name}", aim)


def grade(kit: Path, handed_in: Path, out: Path) -> dict[str, dict[str, Any]]:
    """Grade the class with this checkout. Returns each submission's result as JSON says it."""
    command = [sys.executable, "-m", "grading", "class", str(handed_in), "--out", str(out), "--layout", "plain"]
    subprocess.run(command, cwd=kit, env={**os.environ, "PYTHONPATH": str(kit)}, check=True)
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((out / "results").glob("*"))}


def differences(one: Any, other: Any, where: str = "") -> Iterator[str]:
    """Yield a line for each place in which two JSON values differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in [*one, *(name for name in other if name not in one)]:
            if where or name not in _LEFT_OUT:
                yield from differences(one.get(name), other.get(name), f"{where}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            name = left.get("id", number) if isinstance(left, dict) else number
            yield from differences(left, right, f"{where}[{name}]")
    elif one != other:
        yield f"{where}: {one!r} / {other!r}"


def main() -> int:
    """Grade with both, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path, help="the other checkout")
    parser.add_argument("names", nargs="*", help="programs by name; all if there is none")
    parser.add_argument("--keep", type=Path, help="a folder for the class and the results")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = options.keep.resolve() if options.keep else Path(name)
        outside = place / "outside"
        outside.mkdir(parents=True, exist_ok=True)
        with canaries(outside) as made:
            if not (place / "class").exists():
                hand_in(place / "class", {**made.aim, "pids": []}, options.names)
            before = grade(options.other.resolve(), place / "class", place / "other")
            after = grade(KIT, place / "class", place / "this")
    bad = 0
    for key in sorted({*before, *after}):
        lines = list(differences(before.get(key), after.get(key)))
        bad += bool(lines)
        for line in lines:
            print(f"{key}{line}", flush=True)
    print(f"{len({*before, *after})} submissions: {bad} with results that differ.")
    return 1 if bad or not before else 0


if __name__ == "__main__":
    sys.exit(main())
