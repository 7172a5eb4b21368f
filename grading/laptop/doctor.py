"""`grade doctor`: check that this computer has what the kit needs, and report what confines a submission here."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from collections.abc import Iterator
from itertools import groupby

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rich.console import Console
from rich.markup import escape

from grading import KIT
from grading.environment import INSTALLED, OLDEST
from grading.laptop.model import UnavailableError
from grading.laptop.model.engine import SmolLM2
from grading.laptop.model.server import listen
from grading.laptop.model.weights import WHEEL_SIZE, fetched, weights_path
from grading.laptop.preflight import EnvFileError, load_env, preflight
from grading.results.handed_out import edited_sentence
from grading.sandbox import confines, layers

PORTS = (8000, 8080)
"""The app's and the model's, in `grade serve`."""
SETUP = "Set the kit up again: python3 -m grading setup"
SANDBOX = "`grade run` runs each submission in a sandbox."
NO_SANDBOX = (
    "`grade run` runs each submission in a process of its own, which is not a sandbox: the program can read and change "
    "your files and use the network. For programs that you do not trust, use the container that grading/THREATS.md "
    "describes."
)
Finding = tuple[bool, str]
"""Whether all is well; what was found and, if not, what to do."""


def doctor(console: Console, require_sandbox: bool = False) -> int:
    """Print the findings.

    Returns the exit code: 0; 1 if something would trip a student up, or if `require_sandbox` and there is none.
    """
    sandboxed = confines([layer.name for layer in layers() if layer.active])  # probe them before any thread starts
    console.print("[bold]To work on the assignment[/]")
    findings = list(_findings())
    for good, text in findings:
        console.print(f"  {'ok   ' if good else 'TO DO'}  {escape(text)}", soft_wrap=True)
    console.print("\n[bold]To run other people's programs: what this computer protects you from[/]")
    for (stops, why_not), same in groupby(layers(), lambda layer: (layer.stops, layer.why_not)):
        sign, text = ("missing", why_not) if why_not else ("works  ", f"stops {stops}")
        console.print(f"  {sign}  {', '.join(layer.name for layer in same)}: {escape(text)}", soft_wrap=True)
    console.print(f"\n{SANDBOX if sandboxed else NO_SANDBOX}", soft_wrap=True)
    return int(not all(good for good, _ in findings) or (require_sandbox and not sandboxed))


def _findings() -> Iterator[Finding]:
    version = sys.version.split()[0]
    yield sys.version_info >= OLDEST, f"Python {version}; {OLDEST[0]}.{OLDEST[1]} or newer is needed."
    yield packages()
    edited = edited_sentence()
    yield not edited, edited or "The tests in tests/ are as they were handed out."
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
    return True, "LLM_MODEL is not set: grade serve uses the model on this computer."


def packages() -> Finding:
    """Compare the installed packages with the lock files that the set-up installed from."""
    made_from = KIT / ".venv" / INSTALLED
    lines = made_from.read_text(encoding="utf-8").splitlines() if made_from.is_file() else []
    locks = [name for line in lines if (KIT / (name := line.split()[0])).is_file()] or ["requirements.lock"]
    installed = {canonicalize_name(each.name): each.version for each in importlib.metadata.distributions()}
    lines = "\n".join((KIT / name).read_text(encoding="utf-8") for name in locks).splitlines()
    pins = [
        Requirement(line.rstrip("\\ ")) for line in lines if line[:1].isalnum()
    ]  # the others are hashes and comments
    wanted = {canonicalize_name(pin.name): pin for pin in pins if not pin.marker or pin.marker.evaluate()}
    wrong = []
    for name, pin in wanted.items():
        if name not in installed:
            wrong.append(f"{pin.name} is missing")
        elif not pin.specifier.contains(installed[name], prereleases=True):
            wrong.append(f"{pin.name} is {installed[name]}, not {str(pin.specifier).removeprefix('==')}")
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        return False, f"Packages: {', '.join(wrong[:3])}{more}. {SETUP}"
    return True, f"The {len(wanted)} packages are those of {' and '.join(locks)}."


def _model() -> Finding:
    try:
        if not fetched():
            size = round(WHEEL_SIZE / 1e6)
            return True, f"The small model is not here yet: grade serve or grade demo downloads it ({size} MB)."
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
