"""Hostile programs get the marks that their visible behaviour earns, harm nothing, and leave nothing behind.

The programs are in `grading/gallery/hostile`. All are graded once, two at a time, by one grader; after some of them an
honest program is. Names of tests are names of attacks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from grading import KIT
from grading.judging.grader import Grader
from grading.maintain.hostile import PATIENCE, Hostile, Outcome, hostile_ground, hostile_programs, let_loose
from grading.results.result import Result

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the sandbox")

PROGRAMS = hostile_programs()
EVERY = 5  # one honest program after so many hostile ones
MEMORY = 400_000_000  # bytes that a judge may use at most; an honest program's needs some 150 MB
UNPRIVILEGED = 65533
# Some of each kind, for the run as another user.
SAMPLE = """
    exit_at_import forged_report_on_every_file patched_host reads_a_secret_file reads_keys changes_files
    kills_the_judge traces_the_judge daemon memory_flood fork_bomb tcp_below_python unix_sockets frame_garbage
    headers_that_are_none threads_that_stay
""".split()


@dataclass
class Corpus:
    """What became of all programs."""

    outcomes: dict[str, Future[Outcome]]
    honest: list[Future[Result]]
    memory: int
    """The most that a judge used, in bytes."""


@pytest.fixture(scope="module")
def own_temporary_folder() -> Iterator[Path]:
    """Where copies of submissions are made."""
    with tempfile.TemporaryDirectory(prefix="hostile-tmp-") as name, pytest.MonkeyPatch.context() as patch:
        Path(name).chmod(0o711)
        patch.setattr(tempfile, "tempdir", name)
        yield Path(name)


@pytest.fixture(scope="module")
def corpus(own_temporary_folder: Path) -> Corpus:
    from grading.tests.descendants import Memory, none_left

    outcomes, honest = {}, []
    with none_left(), hostile_ground() as folder:
        with Grader(2, own_tests=False, patience=PATIENCE) as grader, ThreadPoolExecutor(2) as pool:
            memory = Memory(grader.processes()[1])
            memory.start()
            for number, program in enumerate(PROGRAMS):
                if program.works_with(grader.isolation):
                    outcomes[program.name] = pool.submit(let_loose, program, grader, folder / program.name)
                if number % EVERY == 0:
                    honest.append(pool.submit(grader.grade, KIT / "solution", step=4))
            pool.shutdown()
            memory.stop()
        assert {path.name for path in folder.iterdir()} == set(outcomes)
        left = [path for path in own_temporary_folder.iterdir() if not folder.is_relative_to(path)]
        assert left == []  # no copy of a submission
    return Corpus(outcomes, honest, memory.largest)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_hostile(program: Hostile, corpus: Corpus) -> None:
    if program.name not in corpus.outcomes:
        pytest.skip(f"it needs {program.needs}, which this computer does not give")
    outcome = corpus.outcomes[program.name].result()
    assert outcome.surprises == []
    assert outcome.harmed == []
    text = json.dumps(outcome.result.as_json(), ensure_ascii=False).encode()  # a strict reader's UTF-8
    assert b"\\u001b" not in text
    assert len(text) < 1_000_000


def test_the_programs_after_hostile_ones_are_graded_right(corpus: Corpus) -> None:
    assert len(corpus.honest) >= len(PROGRAMS) // EVERY
    for future in corpus.honest:
        result = future.result()
        assert [(test.id, test.status, test.message) for test in result.tests if test.status != "passed"] == []
        assert result.graded
        assert result.score == 10


def test_the_judges_need_little_memory(corpus: Corpus) -> None:
    assert 0 < corpus.memory < MEMORY


def test_the_corpus_is_large_and_says_what_it_tries() -> None:
    assert len(PROGRAMS) >= 60
    assert {len(program.tries.split()) >= 5 and program.tries.endswith(".") for program in PROGRAMS} == {True}
    assert set(SAMPLE) <= {program.name for program in PROGRAMS}


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="the corpus above ran as an ordinary user")
def test_hostile_programs_of_an_ordinary_users_grader() -> None:
    user = {"user": UNPRIVILEGED, "group": UNPRIVILEGED, "extra_groups": []}
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(KIT), "PYTHONDONTWRITEBYTECODE": "1"}
    settings = {**user, "env": environment, "cwd": "/", "capture_output": True, "encoding": "utf-8", "check": False}
    try:
        able = subprocess.run([sys.executable, "-c", "import grading, httpx"], timeout=60, **settings)  # type: ignore[call-overload]
    except PermissionError:
        pytest.skip(f"other users cannot run {sys.executable}")
    if able.returncode:
        pytest.skip(f"other users cannot read Python or the kit: {able.stderr.strip()[-200:]}")
    command = [sys.executable, "-m", "grading.maintain.hostile", *SAMPLE]
    ended = subprocess.run(command, timeout=300, **settings)  # type: ignore[call-overload]
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"{len(SAMPLE)} hostile programs as user {UNPRIVILEGED}: 0 with another outcome" in ended.stdout
