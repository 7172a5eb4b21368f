"""`python -m grading.maintain.slow_class [SIZE]`: do slow submissions hold up a class, and what memory does it take?

Grades a class of SIZE honest submissions (60 unless told) by `grade class` with two workers, then the same class with
five slow ones and some that are large. Prints the seconds that these cost the others, and the highest memory of the
grader's own process. Exit code 1 if it is more than a minute, or 150 MB, or if an honest mark differs or is missing.
Linux only.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from grading import KIT
from grading.maintain.class_works import zipped
from grading.maintain.gallery import programs
from grading.maintain.misconception_data import edited

MOST_SECONDS = 60
MOST_MEGABYTES = 150
SIZE = 60

_SOLUTION = (KIT / "solution" / "main.py").read_text(encoding="utf-8")
_CALL = "    return await litellm.acompletion("

SLOW: dict[str, Mapping[str, str | bytes]] = {
    "test_main_sleeps": {
        "main.py": _SOLUTION,
        "test_main.py": "import time\n\n\ndef test_slowly(client, provider):\n    time.sleep(8)\n",
    },
    "answers_just_in_time": {"main.py": edited(_SOLUTION, [[_CALL, "    import time; time.sleep(9.3)\n" + _CALL]])},
    "says_a_long_problem": {"main.py": f"raise ValueError('eyJ-' * {30_000})\n"},
    "never_answers": {"main.py": edited(_SOLUTION, [[_CALL, "    while True: pass\n" + _CALL]])},
    "many_compiled_files": {"main.py": _SOLUTION, **{f"junk/{number}.pyc": "" for number in range(20_000)}},
}
LARGE: dict[str, Mapping[str, str | bytes]] = {
    "a_large_program": {"main.py": b"x = 1\n" * 4_000_000},
    "a_large_test_file": {"main.py": _SOLUTION.encode(), "test_main.py": b"# " + b"x" * 20_000_000},
    "deeply_nested": {"main.py": b"x = " + b"-" * 200_000 + b"1\n"},
    "a_zip_of_zeros": {"hw.zip": zipped({"main.py": b"app = 1\n", "zeros": bytes(60_000_000)})},
    "a_large_report": {"main.py": _SOLUTION.encode(), "report.pdf": b"%PDF-1.7\n" + bytes(60_000_000)},
}


def hand_in(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write a submission."""
    for name, what in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(what if isinstance(what, bytes) else what.encode())


def honest(folder: Path, size: int) -> None:
    """Write a class of this size: programs of the gallery, each with the solution's tests, made different."""
    tests = (KIT / "solution" / "test_main.py").read_text(encoding="utf-8")
    known = [path / "main.py" for path in (*programs("correct"), *programs("wrong")) if (path / "main.py").is_file()]
    for number, path in zip(range(size), itertools.cycle(known), strict=False):
        mark = f"\n# {number}\n"
        hand_in(
            folder / f"student{number:03}",
            {"main.py": path.read_text(encoding="utf-8") + mark, "test_main.py": tests + mark},
        )


def graded(folder: Path, out: Path) -> tuple[float, float]:
    """Grade a class. Returns seconds, and the megabytes that the grader's own process took at most."""
    command = [sys.executable, "-m", "grading", "class", str(folder), "--out", str(out), "--workers", "2"]
    began, highest = time.monotonic(), 0.0
    with subprocess.Popen(command, cwd=KIT, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            highest = max(highest, _high_water(process.pid))
            time.sleep(0.1)
    return time.monotonic() - began, highest


def _high_water(pid: int) -> float:
    """Return VmHWM of proc(5) in megabytes; 0 if the process has just ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def marks(out: Path) -> dict[str, float]:
    """Return the honest students' marks, by the names of their folders."""
    found = {path.stem: json.loads(path.read_bytes()) for path in out.glob("results/student???.json")}
    return {name: each["score"] + each["bonus"] for name, each in found.items() if each["graded"]}


def main(arguments: list[str]) -> int:
    """Grade both classes and compare."""
    size = int(arguments[0]) if arguments else SIZE
    with tempfile.TemporaryDirectory(prefix="slow-class-") as place:
        alone, together = Path(place, "alone"), Path(place, "together")
        for folder in (alone, together):
            honest(folder, size)
        for number, (name, files) in enumerate({**SLOW, **LARGE}.items()):
            hand_in(together / f"student{number * size // 20:03}_{name}", files)  # among the others
        quick, _ = graded(alone, Path(place, "out-alone"))
        slow, megabytes = graded(together, Path(place, "out-together"))
        without, beside = marks(Path(place, "out-alone")), marks(Path(place, "out-together"))
        count = len(list(Path(place, "out-together", "results").iterdir()))
    print(f"{size} honest submissions: {quick:.0f} s; with {len(SLOW)} slow and {len(LARGE)} large ones: {slow:.0f} s.")
    print(f"The slow ones cost {slow - quick:.0f} s (at most {MOST_SECONDS}). {count} results.")
    print(f"The grader's own process took {megabytes:.0f} MB at most (at most {MOST_MEGABYTES}).")
    names = sorted(without.keys() | beside.keys())
    differ = [
        f"{name} {without.get(name)} and {beside.get(name)}" for name in names if without.get(name) != beside.get(name)
    ]
    print(f"Honest submissions with a mark: {len(without)}. Marks that differ: {', '.join(differ) or 'none'}.")
    return int(bool(differ) or len(without) != size or slow - quick > MOST_SECONDS or megabytes > MOST_MEGABYTES)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
