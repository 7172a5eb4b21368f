"""`python -m grading.maintain.compare_checkouts OTHER`: do two checkouts of the kit grade alike?

Hands in the solution, the starter, the gallery and the hostile programs as one class, grades it with `grade class` of
both checkouts (OTHER is a folder, such as one made by `git worktree add`), and prints each difference between the
results. OTHER is graded in its own environment if it has one: an older commit may need other packages. Versions, hashes
and durations are left out; a field that only one checkout writes is named once, at the end, and is no difference. With
`--keep DIR`, class and results stay in DIR: a second call grades only with a checkout that has changed since. Exit code
1 if anything differs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from grading import KIT
from grading.environment import SCRIPTS
from grading.maintain.comparison import CIRCUMSTANCES, json_differences
from grading.maintain.gallery import programs
from grading.maintain.hostile import canaries, hostile_programs


def hand_in(place: Path, aim: dict[str, Any], names: list[str]) -> None:
    """Copy all programs, or those with these names, into `place`: a folder each."""
    for folder in (KIT / "solution", KIT / "starter", *programs("correct"), *programs("wrong")):
        if not names or folder.name in names:
            shutil.copytree(folder, place / folder.name)
    for program in hostile_programs():
        if not names or program.name in names:
            program.hand_in(place / f"hostile_{program.name}", aim)


def grade(kit: Path, handed_in: Path, out: Path) -> dict[str, dict[str, Any]]:
    """Grade the class with the checkout in `kit`. Returns each submission's result, as parsed JSON."""
    python = shutil.which("python", path=str(kit / SCRIPTS.relative_to(KIT))) or sys.executable
    command = [python, "-m", "grading", "class", str(handed_in), "--out", str(out), "--layout", "plain"]
    subprocess.run(command, cwd=kit, env={**os.environ, "PYTHONPATH": str(kit)}, check=True)
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((out / "results").glob("*"))}


def fields(results: Iterable[dict[str, Any]]) -> set[str]:
    """Return the names of all fields of these results, their steps and their tests."""
    return {name for result in results for row in (result, *result["steps"], *result["tests"]) for name in row}


def main() -> int:
    """Grade with both checkouts and compare the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path, help="the other checkout")
    parser.add_argument("names", nargs="*", help="programs by name; all if there is none")
    parser.add_argument("--keep", type=Path, help="a folder for the class and the results")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = options.keep.resolve() if options.keep else Path(name)
        outside = place / "outside"
        outside.mkdir(parents=True, exist_ok=True)
        (outside / "s").unlink(missing_ok=True)  # a socket of an earlier call
        with canaries(outside) as made:
            if not (place / "class").exists():
                hand_in(place / "class", {**made.aim, "pids": []}, options.names)
            before = grade(options.other.resolve(), place / "class", place / "other")
            after = grade(KIT, place / "class", place / "this")
    bad, new = 0, fields(before.values()) ^ fields(after.values())
    for key in sorted({*before, *after}):
        lines = list(json_differences(before.get(key), after.get(key), CIRCUMSTANCES | new))
        bad += bool(lines)
        for line in lines:
            print(f"{key}{line}", flush=True)
    print(f"{len({*before, *after})} submissions: {bad} with results that differ.")
    if new:
        print(f"Fields that only one of the checkouts writes: {', '.join(sorted(new))}.")
    return 1 if bad or not before else 0


if __name__ == "__main__":
    sys.exit(main())
