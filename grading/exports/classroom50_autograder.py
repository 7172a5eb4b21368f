"""Classroom 50 runs this file, autograder.py, in a student's checkout, on each submission.

It makes the grader's environment from the pinned packages, grades the program, and writes result.json and
release-body.md. It ends with 0 if there is a result, and with 3 if there is none: then no release is made, and nobody
has a 0 for what is not theirs. The grader and the program see nothing of this job's environment but PATH and the like:
it holds the classroom's secret.

Standard library only; it runs on the runner's own Python.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

KIT = Path(__file__).resolve().parent / "kit"
SCHEMA = "classroom50/result/v1"
FIELDS = {
    "classroom": "CLASSROOM",
    "assignment": "ASSIGNMENT",
    "assignment_type": "ASSIGNMENT_TYPE",
    "owner": "USERNAME",
    "submission": "SUBMISSION_TAG",
    "commit": "COMMIT_URL",
    "release": "RELEASE_URL",
    "review": "REVIEW_URL",
}
"""Fields of result.json, and the runner's variables that they repeat."""
SYSTEM = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT")
INSTALLING = ("HOME", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy")
INSTALLERS = ("PIP_", "UV_")
"""How variables begin that say where packages come from: for set-up only, for an index can have a password."""
SETTING_UP, GRADING = 420, 360  # seconds; the whole job has 15 minutes
NO_RESULT = 3


def main() -> int:
    """Grade the checkout in the working folder. Returns the exit code."""
    checkout = Path.cwd()
    for name in ("result.json", "release-body.md"):
        with contextlib.suppress(FileNotFoundError):
            (checkout / name).unlink()
    if missing := [name for name in FIELDS.values() if not os.environ.get(name)]:
        return _no_result(f"The runner's variables {', '.join(missing)} are not set: this is not Classroom 50's job.")
    with tempfile.TemporaryDirectory(prefix="kit-", dir=os.environ.get("RUNNER_TEMP")) as private:
        home = Path(private) / "home"
        home.mkdir()
        file = Path(private) / "grading.json"
        system = {name: os.environ[name] for name in SYSTEM if name in os.environ}
        installing = {
            name: value
            for name, value in os.environ.items()
            if name in INSTALLING or name.upper().startswith(INSTALLERS)
        }
        setup = [sys.executable, "-m", "grading", "setup", "--grader-only"]
        if _run(setup, system | installing, SETTING_UP) != 0:
            return _no_result("The grader's packages could not be installed. It is not your fault: submit again later.")
        python = KIT / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        grade = [str(python), "-m", "grading.exports.classroom50", str(checkout), str(file)]
        ended = _run(grade, system | {"HOME": str(home)}, GRADING)
        try:
            grading = json.loads(file.read_bytes())
        except (OSError, ValueError):
            how = "took too long" if ended is None else f"failed (exit code {ended})"
            return _no_result(f"The grader itself {how}. Tell your instructor.")
    _write(checkout / "release-body.md", grading["body"])
    if grading["marks"] is None:
        _shown(grading["body"])
        return _no_result("Not graded: there is no mark. The job's log says why.")
    _write(checkout / "result.json", json.dumps(result(grading["marks"], os.environ), indent=2))
    done = all(test["passed"] for test in grading["marks"]["tests"])
    _output("success" if done else "failure", grading["summary"])
    return 0


def result(marks: Mapping[str, object], environment: Mapping[str, str]) -> dict[str, object]:
    """Return result.json. The runner replaces `datetime` by the time of the commit; any valid time will do."""
    fields = {field: environment[name] for field, name in FIELDS.items()}
    return {"schema": SCHEMA, **fields, "datetime": "2026-01-01T00:00:00Z", **marks}


def _run(command: list[str], environment: dict[str, str], seconds: float) -> int | None:
    """Run a command in the kit's folder, and show what it says. Returns its exit code; None if it was too slow."""
    try:
        ended = subprocess.run(
            command,
            cwd=KIT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        return None
    _shown(ended.stdout.decode("utf-8", "replace"))
    return ended.returncode


def _shown(text: str) -> None:
    """Print a text that may quote a student's program, so that GitHub takes no line of it for a command."""
    token = secrets.token_hex(16)
    print(f"::stop-commands::{token}", text[-20_000:], f"::{token}::", sep="\n", flush=True)


def _write(file: Path, text: str) -> None:
    """Replace a file, or a link of that name that a student may have put there."""
    number, name = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(number, "wb") as stream:
        stream.write(text.encode("utf-8", "replace"))
    Path(name).chmod(0o644)
    Path(name).replace(file)


def _no_result(why: str) -> int:
    print(why)
    _output("error", why)
    return NO_RESULT


def _output(status: str, summary: str) -> None:
    if "GITHUB_OUTPUT" in os.environ:
        with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as stream:
            stream.write(f"status={status}\nsummary={' '.join(summary.split())}\n")


if __name__ == "__main__":
    sys.exit(main())
