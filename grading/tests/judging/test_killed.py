"""Whatever is killed, and when: nothing is left, no result is half written, and the next submission is graded right."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grading import KIT
from grading.judging import grader as grader_module
from grading.judging.grader import Grader, start_farm
from grading.processes.forkserver import FarmFailed, ForkServer
from grading.results.result import Result, TestResult

if sys.platform != "linux":
    pytest.skip("only Linux has warm processes", allow_module_level=True)

from grading.tests.descendants import descendants, none_left

PATIENCE = 60.0
SOLUTION = KIT / "solution"


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with none_left(), Grader(1, own_tests=False) as running:
        yield running


def youngest(pid: int) -> int:
    """Return the last one of a line of children: the program itself, below those that wait for it."""
    below = descendants(pid)
    return max(below, key=lambda each: int(below[each][19])) if below else pid


VICTIMS: dict[str, Callable[[Grader], int]] = {
    "farm": lambda grader: grader.processes()[0],
    "judges": lambda grader: grader.processes()[1],
    "judge": lambda grader: youngest(grader.processes()[1]),
    "program": lambda grader: youngest(grader.processes()[0]),
}


@pytest.mark.parametrize(("victim", "moment"), [("farm", 1), ("farm", 9), ("judges", 2), ("judge", 5), ("program", 4)])
def test_killed_while_it_grades(victim: str, moment: int, grader: Grader) -> None:
    heard: list[TestResult] = []
    killed: list[int] = []

    def kill_once(test: TestResult) -> None:
        heard.append(test)
        if len(heard) == moment:
            killed.append(VICTIMS[victim](grader))
            os.kill(killed[0], signal.SIGKILL)

    before = grader.processes()
    result = grader.grade(SOLUTION, step=6, on_test=kill_once)
    assert len(killed) == 1
    assert result.graded
    assert {test.status for test in result.tests} == {"passed"}, [test.message for test in result.tests]
    if victim == "program":  # it is the only one whose death a judge survives
        assert len(heard) == len(result.tests)
    else:
        assert len(heard) > len(result.tests)
    assert killed[0] not in descendants(os.getpid())
    if victim in ("judge", "program"):  # the warm processes, which other submissions need, were left alone
        assert grader.processes() == before
    after = grader.grade(SOLUTION, step=6)
    assert [test.status for test in after.tests] == ["passed"] * len(result.tests)


@pytest.mark.parametrize("victim", ["farm", "judges"])
def test_killed_between_two_submissions(victim: str, grader: Grader) -> None:
    assert grader.grade(SOLUTION, step=4).score == 10
    os.kill(VICTIMS[victim](grader), signal.SIGKILL)
    assert grader.grade(SOLUTION, step=4).score == 10


@pytest.mark.parametrize("failures", [1, 100])
def test_servers_that_do_not_start_again(failures: int, grader: Grader, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = iter(range(1000))

    def start() -> ForkServer:
        if next(starts) < failures:
            raise FarmFailed("The farm did not start: no memory")
        return start_farm()

    monkeypatch.setattr(grader_module, "start_farm", start)
    grader.close()
    if failures == 1:
        assert grader.grade(SOLUTION, step=4).score == 10
    else:  # the caller says so, and keeps no result
        with pytest.raises(FarmFailed, match="no memory"):
            grader.grade(SOLUTION, step=4)
        assert next(starts) == 3


def judging(pid: int) -> bool:
    """Whether the command has come as far as a program that runs: command, farm, judges, judge, program."""
    return len(descendants(pid)) >= 4


@pytest.mark.parametrize(
    "moment",
    [lambda pid: len(descendants(pid)) >= 1, lambda pid: len(descendants(pid)) >= 2, judging],
    ids=["the-farm-starts", "the-judges-start", "it-judges"],
)
def test_the_command_is_killed(moment: Callable[[int], bool], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    file = tmp_path / "out" / "result.json"
    environment = {**os.environ, "PYTHONPATH": str(KIT), "TMPDIR": str(tmp_path)}
    with none_left():
        command = subprocess.Popen(
            [sys.executable, "-m", "grading", "run", str(SOLUTION), "--json", str(file)],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        give_up = time.monotonic() + PATIENCE
        try:
            while not moment(command.pid) and command.poll() is None:
                assert time.monotonic() < give_up
                time.sleep(0.01)
        finally:
            command.kill()
        assert command.wait() == -signal.SIGKILL
    for path in (tmp_path / "out").iterdir():  # none, or the whole of it
        assert path == file
        with contextlib.closing(path.open(encoding="utf-8")) as stream:
            assert Result.from_json(json.load(stream)).graded
    # What the killed process could not remove, the next one does.
    left = list(tmp_path.glob("grading-*"))
    for folder in left:
        os.utime(folder, (0, 0))
    command_again = [sys.executable, "-m", "grading", "run", str(SOLUTION)]
    subprocess.run(command_again, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, check=True)
    assert not list(tmp_path.glob("grading-*")), left
