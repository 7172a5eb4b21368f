"""`grade doctor`: does this computer have what the kit needs, and what keeps a submission in here?"""

from __future__ import annotations

import importlib.metadata
import os
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from rich.console import Console
from rich.markup import escape

from grading import KIT
from grading.environment import OLDEST
from grading.laptop.model import UnavailableError
from grading.laptop.model.engine import SmolLM2
from grading.laptop.model.server import listen
from grading.laptop.model.weights import WHEEL_SIZE, fetched, weights_path
from grading.laptop.preflight import EnvFileError, load_env, preflight
from grading.sandbox import confines, layers

PORTS = (8000, 8080)
"""Of `grade serve`: the app's and the model's."""
SETUP = "Set the kit up again: python3 -m grading setup"
SANDBOX = "`grade run` runs each submission in a sandbox."
NO_SANDBOX = (
    "`grade run` runs each submission in a process of its own, which is not a sandbox: the program can read and change "
    "your files and use the network. For programs that you do not trust, use the container that grading/THREATS.md "
    "describes."
)
Finding = tuple[bool, str]
"""Whether it is as it should be; what was found and, if it is not, what to do."""


def doctor(console: Console, require_sandbox: bool = False) -> int:
    """Print what was found.

    Returns the exit code: 0, or 1 if a student's work would stumble over something, or if there is no sandbox and
    `require_sandbox`.
    """
    sandboxed = confines([layer.name for layer in layers() if layer.active])  # they are tried before threads start
    console.print("[bold]To work on the assignment[/]")
    findings = list(_findings())
    for good, text in findings:
        console.print(f"  {'ok   ' if good else 'TO DO'}  {escape(text)}", soft_wrap=True)
    console.print("\n[bold]To run the programs of others: what this computer keeps them from[/]")
    for (stops, why_not), same in groupby(layers(), lambda layer: (layer.stops, layer.why_not)):
        sign, text = ("missing", why_not) if why_not else ("works  ", f"stops {stops}")
        console.print(f"  {sign}  {', '.join(layer.name for layer in same)}: {escape(text)}", soft_wrap=True)
    console.print(f"\n{SANDBOX if sandboxed else NO_SANDBOX}", soft_wrap=True)
    return int(not all(good for good, _ in findings) or (require_sandbox and not sandboxed))


def _findings() -> Iterator[Finding]:
    version = sys.version.split()[0]
    yield sys.version_info >= OLDEST, f"Python {version}; {OLDEST[0]}.{OLDEST[1]} or newer is needed."
    yield packages(KIT / "requirements.lock")
    yield _language_model(dict(os.environ))
    yield _model()
    yield from map(_port, PORTS)


def _language_model(environ: dict[str, str]) -> Finding:
    try:
        load_env(KIT / "starter", environ)
    except EnvFileError as problem:
        return False, str(problem)
    if environ.get("LLM_MODEL", "").strip():
        missing = preflight(environ)
        return missing is None, missing or f"LLM_MODEL is {environ['LLM_MODEL']}."
    return True, "LLM_MODEL is not set: grade serve takes the model on this computer."


def packages(lock: Path) -> Finding:
    """Compare what is installed with a lock file as pip reads it."""
    wanted, wrong = 0, list[str]()
    for line in lock.read_text(encoding="utf-8").splitlines():
        try:
            pin = Requirement(line.rstrip("\\ "))
        except InvalidRequirement:  # a hash, a comment
            continue
        if pin.marker and not pin.marker.evaluate():
            continue
        wanted += 1
        try:
            if not pin.specifier.contains(found := importlib.metadata.version(pin.name), prereleases=True):
                wrong.append(f"{pin.name} is {found}, not {str(pin.specifier).removeprefix('==')}")
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{pin.name} is missing")
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        return False, f"Packages: {', '.join(wrong[:3])}{more}. {SETUP}"
    return True, f"The {wanted} packages are those of {lock.name}."


def _model() -> Finding:
    try:
        if not fetched():
            size = round(WHEEL_SIZE / 1e6)
            return True, f"The small model is not here yet: grade serve or grade demo fetches it ({size} MB)."
        SmolLM2(weights_path()).close()
    except (UnavailableError, OSError) as problem:
        return False, str(problem)
    return True, "The small model can be loaded."


def _port(number: int) -> Finding:
    try:
        listen(number).close()
    except UnavailableError as problem:
        return False, f"{problem} (`grade serve --help` names the options.)"
    return True, f"Port {number} is free."
