"""What a student has done so far, kept from day to day: when each step was first done, and which hints were read.

One file per folder, in the user's own state folder and not beside main.py: however a student packs that folder (a zip,
git, an upload form), the file is never sent, never graded, and makes no two equal submissions differ. A folder that was
moved starts anew. Nothing here may fail a check: a file that can't be read or written costs a sentence.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from grading.atomic_file import write_file
from grading.results.result import Result
from grading.results.steps import STEPS, Step, step
from grading.text import plain


class StepRecord(BaseModel):
    """One step. `done` is the last check's word; `first_done` stays."""

    done: bool = False
    first_done: datetime | None = None
    hints: list[int] = []
    """Levels that were shown, each once."""


class Progress(BaseModel):
    """The file's content."""

    version: Literal[1] = 1
    folder: str = ""
    checked: datetime | None = None
    looked: datetime | None = None
    """When `grade progress` was run last."""
    steps: dict[int, StepRecord] = Field(default_factory=dict)

    def step(self, number: int) -> StepRecord:
        """Return a step's record, to be changed."""
        return self.steps.setdefault(number, StepRecord())


def progress_file(folder: Path) -> Path:
    """Return where the progress of `folder` is kept; the variable KIT_STATE overrides the user's state folder."""
    path = folder.resolve()
    key = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    return _state_folder() / f"{path.name or 'root'}-{key}.json"


def read_progress(folder: Path) -> tuple[Progress, str]:
    """Return the progress of `folder`, and a sentence if there is a file that can't be used: then it starts anew."""
    file = progress_file(folder)
    try:
        return Progress.model_validate_json(file.read_bytes()), ""
    except FileNotFoundError:
        return Progress(folder=str(folder.resolve())), ""
    except (OSError, ValueError):
        sentence = f"Your progress file was damaged, so it starts anew. No marks depend on it. ({plain(str(file))})"
        return Progress(folder=str(folder.resolve())), sentence


def record_check(folder: Path, result: Result) -> list[str]:
    """Remember what a check found, and return what is worth saying about it: a sentence each, often none.

    Steps that were not part of the check stay as they were; a result that was not graded changes nothing.
    """
    if not result.graded:
        return []
    progress, damaged = read_progress(folder)
    said, now, passed = [damaged] * bool(damaged), _now(), {row.step for row in result.steps if row.status == "passed"}
    first, lost = [], []
    for row in STEPS:
        if not any(test.step == row.number and test.status != "skipped" for test in result.tests):
            continue
        record = progress.step(row.number)
        if row.number in passed and record.first_done is None:
            record.first_done = now
            first.append(row)
        elif record.done and row.number not in passed:
            lost.append(row)
        record.done = row.number in passed
    progress.checked = now
    if first:
        said.append(f"New: {named(first)} {'is' if len(first) == 1 else 'are'} done. {_next(progress, result)}")
    if lost:
        was = "was done at the last check and is not" if len(lost) == 1 else "were done at the last check and are not"
        said.append(f"S{named(lost)[1:]} {was} any more. What did you change last?")
    problem = _write(folder, progress)
    return [*said, problem] if problem and said else said


def record_hint(folder: Path, number: int, level: int) -> None:
    """Remember that a hint for step `number` was shown; if that fails, nobody misses it."""
    progress, _ = read_progress(folder)
    record = progress.step(number)
    record.hints = sorted({*record.hints, level})
    _write(folder, progress)


def next_step(folder: Path) -> Step:
    """Return the first step that is not done, as far as the last check of `folder` knows; the last one if all are."""
    progress, _ = read_progress(folder)
    return next((row for row in STEPS if not progress.steps.get(row.number, StepRecord()).done), STEPS[-1])


def record_look(folder: Path, progress: Progress) -> None:
    """Remember that the student has looked at `progress` now."""
    _write(folder, progress.model_copy(update={"looked": _now()}))


def since(progress: Progress) -> list[Step]:
    """Return the steps that were first done since `grade progress` was run last; all done ones if it never was."""
    looked = progress.looked
    found = []
    for row in STEPS:
        first = progress.steps.get(row.number, StepRecord()).first_done
        if first is not None and (looked is None or first > looked):
            found.append(row)
    return found


def progress_rows(progress: Progress) -> list[tuple[str, str, str, str, str]]:
    """Return for each step, as texts: number, title, state, when it was first done, and the hints that were read."""
    rows = []
    for row in STEPS:
        record = progress.steps.get(row.number, StepRecord())
        state = "✓ done" if record.done else "· was done" if record.first_done else "· to do"
        first = when(record.first_done) if record.first_done else ""
        rows.append((str(row.number), row.title, state, first, ", ".join(map(str, record.hints))))
    return rows


def when(time: datetime) -> str:
    """Return a time of day in the computer's own zone: "2 Nov, 14:05"."""
    local = time.astimezone()
    return f"{local.day} {local:%b}, {local:%H:%M}"


def _next(progress: Progress, result: Result) -> str:
    """Say what comes after the steps that are done."""
    waiting = [row for row in STEPS if row.tests and not progress.step(row.number).done]
    core = [row for row in waiting if row.core]
    if core:
        return f"Next: {named(core[:1])}."
    works = "Every core step that is checked here works." if waiting else "Everything that is checked here works."
    still = f" Still open: {named(waiting)}." if waiting else ""
    unmarked = [step(row.step) for row in result.steps if row.status == "unmarked"]
    tests = f" Not marked here: {named(unmarked)}; your tests go into test_main.py." if unmarked else ""
    return f"{works}{still}{tests} When you are ready, `grade submit` makes the zip to hand in."


def named(rows: Sequence[Step]) -> str:
    """Return "step 3 (Call LiteLLM)", or "steps 1, 2 and 3"."""
    if len(rows) == 1:
        return f"step {rows[0].number} ({rows[0].title})"
    *most, last = (str(row.number) for row in rows)
    return f"steps {', '.join(most)} and {last}"


def _now() -> datetime:
    return datetime.now().astimezone()


def _write(folder: Path, progress: Progress) -> str:
    """Write the file. Returns a sentence if that failed, else an empty text."""
    file = progress_file(folder)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_file(file, progress.model_dump_json(indent=2, exclude_none=True) + "\n")
    except OSError as problem:
        return f"Your progress could not be saved in {plain(str(file))}: {problem.strerror}."
    return ""


def _state_folder() -> Path:
    if chosen := os.environ.get("KIT_STATE"):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or _home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = _home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or _home() / ".local" / "state")
    return base / "litellm-endpoint-kit"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # a container's user may have none
        return Path(tempfile.gettempdir())
