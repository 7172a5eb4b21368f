"""Ask the package index whether the lock files install everywhere: `python -m grading.maintain.lock_platforms`.

For each lock file, system and Python, uv picks the wheels, from those whose hash the lock file has, and downloads none.
A gap is a pinned package for which there is no such wheel: there, pip or uv builds it from its source, which takes a
compiler that students don't have. Prints a line for each combination, and the gaps. Exits with 0 if there is none on a
system that the kit is for, else with 1; what the kit does not promise is told, too, and does not count.

Arguments name the lock files; without them, all are asked about, which takes some minutes. It needs the index and so
is no test.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from grading import KIT
from grading.maintain.fresh_venv import NotInstalledError, Venv, fresh_venv

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
NEXT = "3.15"
PROMISED = {
    "Linux, x86-64": "x86_64-manylinux_2_28",
    "Linux, ARM": "aarch64-manylinux_2_28",
    "macOS, Apple silicon": "aarch64-apple-darwin",
    "macOS, Intel": "x86_64-apple-darwin",
    "Windows, x86-64": "x86_64-pc-windows-msvc",
}
"""uv's name of each system that the kit is for."""
OTHERS = {
    "Windows, ARM": "aarch64-pc-windows-msvc",
    "Linux with musl": "x86_64-unknown-linux-musl",
}
ASKING = 5 * 60  # seconds


def main(arguments: list[str]) -> int:
    """Ask about each combination. Returns the exit code; 2 if a lock file does not exist, 3 if nothing can be asked."""
    locks = [Path(name) for name in arguments] or sorted(KIT.glob("requirements*.lock"))
    if missing := [str(lock) for lock in locks if not lock.is_file()]:
        print(f"No such lock file: {', '.join(missing)}.", file=sys.stderr)
        return 2
    combinations = [(name, platform, python) for name, platform in PROMISED.items() for python in (*PYTHONS, NEXT)]
    combinations += [(name, platform, PYTHONS[-1]) for name, platform in OTHERS.items()]
    failed = False
    try:
        with fresh_venv(sys.executable) as venv:
            for lock in locks:
                wanted = pins(lock.read_text(encoding="utf-8"))
                for name, platform, python in combinations:
                    found = gaps(venv, wanted, platform, python)
                    failed |= bool(found) and name in PROMISED and python in PYTHONS
                    print(f"{lock.name}, {name}, {python}: {', '.join(found) or 'all wheels'}", flush=True)
    except NotInstalledError as problem:
        print(f"Nothing could be asked: {problem}", file=sys.stderr)
        return 3
    return int(failed)


def pins(text: str) -> list[str]:
    """Return the requirements of a lock file, each with its hashes."""
    return [pin.strip() for pin in re.split(r"\n(?=\w)", text) if pin[:1].isalnum()]


def gaps(venv: Venv, wanted: list[str], platform: str, python: str) -> list[str]:
    """Return those of these requirements, `name==version`, for which no wheel fits this system and this Python."""
    if not wanted or _has_wheels(venv, wanted, platform, python):
        return []
    if len(wanted) == 1:
        return [wanted[0].split()[0]]
    middle = len(wanted) // 2
    return [*gaps(venv, wanted[:middle], platform, python), *gaps(venv, wanted[middle:], platform, python)]


def _has_wheels(venv: Venv, wanted: list[str], platform: str, python: str) -> bool:
    """Return whether uv finds a wheel for each, one whose hash is listed."""
    lock = venv.folder / "some.lock"
    lock.write_text("\n".join(wanted) + "\n", encoding="utf-8")
    where = ["--target", str(venv.folder / "nothing"), "--python-platform", platform, "--python-version", python]
    how = ["--dry-run", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    command = [*venv.uv, *where, *how, "-r", str(lock)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=ASKING)
    if ended.returncode and "no usable wheels" not in ended.stderr:
        # The index does not answer, for example: that is no gap.
        raise NotInstalledError(ended.stderr.strip()[-2000:])
    return ended.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
