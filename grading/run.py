"""Grade one submission: run the suite on it in a process of its own, and add up the marks."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from grading import KIT
from grading.collection import shown
from grading.result import STATUSES, Result, TestResult, make_result, not_graded
from grading.steps import STEPS
from grading.submission import SubmissionError, open_submission

DEADLINE = 120.0
"""Seconds for the whole suite on one submission; the solution needs about three."""

_SHOWN = 400  # characters of the judge's last words in a reason
_MAX_LINES, _MAX_WIDTH = 200, 2_000  # of a message: far more than ours have
_MAX_BYTES = 1_000_000  # of a line of the judge's


def grade(
    path: Path,
    *,
    step: int | None = None,
    deadline: float = DEADLINE,
    on_test: Callable[[TestResult], None] = lambda result: None,
) -> Result:
    """Grade a submission: a folder, one Python file or a zip file.

    `step` limits the suite to one step's tests. `on_test` is called with each result as it comes in.
    Never raises for what a submission is or does: the result then says why it was not graded.
    """
    started = time.monotonic()
    try:
        with open_submission(path) as submission:
            try:
                tests = run_suite(submission.folder, step=step, deadline=deadline, on_test=on_test)
            except NoResult as problem:
                return not_graded(str(problem), submission.sha256, time.monotonic() - started)
            return make_result(tests, submission.sha256, time.monotonic() - started)
    except SubmissionError as problem:
        return not_graded(str(problem), duration_s=time.monotonic() - started)


class NoResult(Exception):
    """The suite did not come to its end; the text says why, in a sentence."""


def run_suite(
    folder: Path,
    *,
    step: int | None = None,
    deadline: float = DEADLINE,
    on_test: Callable[[TestResult], None] = lambda result: None,
) -> list[TestResult]:
    """Run the suite on `folder`/main.py in a process of its own.

    Returns: one result a test. Raises NoResult if the process died, hung or said nonsense: its exit code
    and the tests that it had passed before then mean nothing.
    """
    files = [str(KIT / row.tests) for row in STEPS if row.tests and step in (None, row.number)]
    # PYTEST_ADDOPTS and the like are the instructor's own, for other projects.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    tests: list[TestResult] = []
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "grading.judge", str(folder), *files],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=KIT,
            env=environment,
            start_new_session=os.name == "posix",  # so that what it starts ends with it
        )
        try:
            assert process.stdout is not None
            complete = _read(_lines(process.stdout, deadline), tests, on_test)
        except TimeoutError:
            raise NoResult(
                f"The tests did not end within {deadline:g} seconds; {len(tests)} of them had a result. "
                "Look for a loop that never ends, or for a long wait, in the program."
            ) from None
        finally:
            _end(process)
            process.wait()
        if complete:
            return tests
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - 4 * _SHOWN))
        words = plain(errors.read().decode("utf-8", "replace").strip()[-_SHOWN:])
        raise NoResult(
            f"The program ended the test process ({_ending(process.returncode)}) after {len(tests)} tests. "
            "Look for exit() or a crash in the program." + (f" Its last words: {words}" if words else "")
        )


def plain(text: str) -> str:
    """Return a message of the program's without what a terminal would obey, and not endlessly long."""
    return "\n".join(shown(line, _MAX_WIDTH) for line in text.splitlines()[:_MAX_LINES])


def _lines(stream: IO[bytes], deadline: float) -> Iterator[bytes]:
    """Yield the lines of `stream` until its end. Raises TimeoutError after `deadline` seconds in all.

    The reading is done by a thread: a process that left our group may hold the stream open for ever.
    """
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def pump() -> None:
        with stream:
            while line := stream.readline(_MAX_BYTES):
                lines.put(line)
        lines.put(b"")

    threading.Thread(target=pump, daemon=True).start()
    end = time.monotonic() + deadline
    try:
        while line := lines.get(timeout=max(0, end - time.monotonic())):
            yield line
    except queue.Empty:
        raise TimeoutError from None


def _read(lines: Iterator[bytes], tests: list[TestResult], on_test: Callable[[TestResult], None]) -> bool:
    """Read the judge's lines and add to `tests`. Returns whether there is a result for every collected test."""
    collected: list[object] = []
    for line in lines:
        message = _parse(line)
        if isinstance(message, TestResult):
            tests.append(message)
            on_test(message)
        elif isinstance(message, list):
            collected = message
        else:
            return message and bool(collected) and [test.id for test in tests] == collected
    return False


def _parse(line: bytes) -> TestResult | list[object] | bool:
    """Return what a line of the judge's says: a result, the collected tests, or True at the end. Nonsense is False."""
    try:
        match json.loads(line):
            case {"test": dict(fields)}:
                return _result(fields)
            case {"collected": list(names)}:
                return names
            case {"done": True}:
                return True
    except (ValueError, TypeError, RecursionError):
        pass
    return False


def _result(fields: dict[str, Any]) -> TestResult:
    """Return what the judge says of a test. Raises TypeError or ValueError for anything else."""
    result = TestResult(**fields)
    known = {type(result.id), type(result.status), type(result.message)} == {str}
    known = known and {type(result.score), type(result.max_score)} <= {int, float}
    if not known or result.step not in [row.number for row in STEPS] or result.status not in STATUSES:
        raise ValueError(f"not a result: {fields}")
    return replace(result, message=plain(result.message))


def _ending(code: int) -> str:
    """Say how a process ended: its exit code, or on POSIX the signal that ended it."""
    try:
        return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process, and on POSIX all that belongs to its session."""
    try:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except (ProcessLookupError, PermissionError):
        pass
