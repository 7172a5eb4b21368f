"""A warm check says what a new process says, and lets nothing over from one check to the next."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grading import KIT
from grading.checking import address
from grading.checking.check import warm_check
from grading.judging.grade import grade_here
from grading.maintain.gallery import programs
from grading.results.result import Result
from grading.tests.checking.warm import WAIT, forks, said, told, until
from grading.tests.conftest import Mark
from grading.tests.intake.handed_in import posix
from grading.tests.judging.own_processes import HANG, SIGNAL, Processes
from grading.tests.programs import HELLO, write

PROGRAMS = [*programs("correct")[::5], *programs("wrong")[::4]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A place of its own for the helpers of these tests: they end when it is gone."""
    place = tmp_path_factory.mktemp("run")
    yield place
    shutil.rmtree(place)


@pytest.fixture(autouse=True)
def own_helpers(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_warm_and_cold_say_the_same(program: Path, mark: Mark, no_cold: None) -> None:
    result, cold = warm_check(program), mark(program)
    assert told(result) == told(cold)
    assert (result.score, result.bonus, result.steps) == (cold.score, cold.bonus, cold.steps)


@posix
def test_a_program_that_ends_its_process_gets_the_same_sentence(tmp_path: Path) -> None:
    folder = write(tmp_path, SIGNAL)
    assert warm_check(folder).reason == grade_here(folder).reason


def test_a_step_alone_and_results_as_they_come(no_cold: None) -> None:
    seen: list[str] = []
    result = warm_check(KIT / "solution", 7, on_test=lambda test: seen.append(test.id))
    assert {test.step for test in result.tests} == {7}
    assert seen == [test.id for test in result.tests]
    assert all(test.status == "passed" for test in result.tests)


def test_a_step_alone_tells_a_program_that_starts_with_one_model_only(no_cold: None) -> None:
    """Nothing else of the step starts the app before, and so shows that it starts with other models."""
    [lost] = [
        test
        for test in warm_check(KIT / "grading" / "gallery" / "wrong" / "model_name_split", step=3).tests
        if test.step == 3 and test.status != "passed"
    ]
    assert lost.status == "failed"
    assert "with LLM_MODEL=" in lost.message


def test_an_edit_is_seen(tmp_path: Path, no_cold: None) -> None:
    for text in (HELLO, "app = 1\n", HELLO):
        passed = [test.status for test in warm_check(write(tmp_path, text), 1).tests] == ["passed"] * 3
        assert passed == (text == HELLO)


def test_a_trace_when_it_is_asked_for(tmp_path: Path, no_cold: None) -> None:
    folder = write(tmp_path, "def deep():\n    raise ValueError\ndeep()\n")
    assert "called from main.py, line 3" in warm_check(folder, 1, trace=True).tests[0].message
    assert "called from" not in warm_check(folder, 1).tests[0].message


# Nothing stays.


@forks
def test_one_helper_serves_all_checks_each_in_a_process_of_its_own(tmp_path: Path, no_cold: None) -> None:
    folder = write(tmp_path, "import os\nraise ValueError(f'{os.getppid()} {os.getpid()}')\n")
    (first, one), (second, other) = said(folder).split(), said(folder).split()
    assert first == second
    assert one != other


@pytest.mark.parametrize("name", ["MY_WORD", "PATH", "TZ", "OPENAI_API_KEY", "HTTPS_PROXY", "LITELLM_LOG"])
def test_the_environment_is_the_callers_each_time(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_cold: None
) -> None:
    folder = write(tmp_path, f"import os\nraise ValueError(repr(os.environ.get({name!r})))\n")
    monkeypatch.delenv(name, raising=False)
    without = said(folder)
    monkeypatch.setenv(name, "theirs")
    with_it = said(folder)
    assert ("theirs" in with_it) == (name in ("MY_WORD", "PATH", "TZ"))  # the others the suite sets by itself
    monkeypatch.delenv(name)
    assert said(folder) == without


def test_a_check_leaves_nothing_to_the_next(tmp_path: Path, no_cold: None) -> None:
    mess = "import builtins\nbuiltins.mess = getattr(builtins, 'mess', 0) + 1\nraise ValueError(builtins.mess)\n"
    folder = write(tmp_path, mess)
    assert said(folder) == said(folder) == "2"  # the app was started without keys before


@posix
def test_what_a_program_starts_ends_with_it(tmp_path: Path) -> None:
    processes = Processes(tmp_path / "pipe")
    warm_check(KIT / "solution", 1)  # the helper's start is not the program's time
    folder = write(tmp_path / "program", processes.program + HANG)
    for deadline in (5, 15, 45):  # until this computer is quick enough to come as far as the program
        result = warm_check(folder, deadline=deadline)
        assert str(result.reason).startswith(f"The tests did not end within {deadline} seconds")
        if processes.started():
            break
    else:
        pytest.fail("the program was never started")
    assert processes.none_left()
    processes.close()


@posix
def test_a_program_ends_when_nobody_waits_any_more(tmp_path: Path) -> None:
    processes = Processes(tmp_path / "pipe")
    folder = write(tmp_path / "program", processes.program + HANG)
    code = f"from pathlib import Path\nfrom grading.checking.check import warm_check\nwarm_check(Path({str(folder)!r}))"
    with subprocess.Popen([sys.executable, "-c", code], cwd=KIT) as client:
        until(processes.started)
        client.kill()
    assert processes.none_left()
    processes.close()


# The whole command in the helper.

ORDERS: list[list[str]] = [
    ["solution"],
    ["grading/gallery/wrong/async_without_await", "--trace"],
    ["starter", "--step", "1"],
    ["nowhere"],
    ["solution", "--step", "99"],
    ["solution", "--step", "two"],
    ["--help"],
]


def alone(*arguments: str) -> list[str]:
    """Return a line that starts the command in a process of its own."""
    return [sys.executable, "-c", "from grading.commands import main\nmain()", "check", *arguments]


@forks
@pytest.mark.parametrize("arguments", ORDERS, ids=" ".join)
def test_the_helper_says_byte_for_byte_what_a_process_of_its_own_says(
    arguments: list[str], capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(KIT)
    monkeypatch.setenv("COLUMNS", "70")
    warm_check(KIT / "solution", 1)  # starts a helper, if none lives
    monkeypatch.setenv("KIT_STATE", str(tmp_path / "own"))  # what is new is said once
    own = subprocess.run(alone(*arguments), capture_output=True)
    capfdbinary.readouterr()
    monkeypatch.setenv("KIT_STATE", str(tmp_path / "helper"))
    code = address.run_command(["check", *arguments])
    assert (code, *capfdbinary.readouterr()) == (own.returncode, own.stdout, own.stderr)


@forks
def test_the_helper_writes_the_files_that_the_command_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    warm_check(KIT / "solution", 1)
    assert address.run_command(["check", str(KIT / "solution"), "--step", "1", "--json", "mine.json"]) == 0
    result = Result.from_json(json.loads((tmp_path / "mine.json").read_text(encoding="utf-8")))
    assert told(result) == told(warm_check(KIT / "solution", 1))


@forks
def test_a_terminal_shows_the_same() -> None:
    warm_check(KIT / "solution", 1)
    quick = [sys.executable, "-m", "grading", "check"]
    for arguments in (["nowhere"], ["--help"]):
        text = on_terminal([*quick, *arguments])
        assert b"\x1b[" in text
        assert text == on_terminal(alone(*arguments))


def on_terminal(command: list[str]) -> bytes:
    """Return what a command writes to a terminal of 60 columns."""
    import fcntl
    import pty
    import struct
    import termios

    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), terminal)
    process = subprocess.Popen(command, cwd=KIT, env={**environment, "TERM": "xterm"}, **streams)  # type: ignore[call-overload]
    os.close(terminal)
    text = b""
    with contextlib.suppress(OSError):  # what Linux says at the end
        while piece := os.read(controller, 65_536):
            text += piece
    os.close(controller)
    assert process.wait(WAIT) in (0, 2)
    return text


@forks
@pytest.mark.parametrize(("sent", "code", "said"), [(signal.SIGINT, 130, b"Stopped.\n"), (signal.SIGKILL, -9, b"")])
def test_a_command_that_is_stopped_takes_all_with_it(tmp_path: Path, sent: int, code: int, said: bytes) -> None:
    warm_check(KIT / "solution", 1)
    processes = Processes(tmp_path / "pipe")
    folder = write(tmp_path / "program", processes.program + HANG)
    command = [sys.executable, "-m", "grading", "check", str(folder)]
    with subprocess.Popen(command, cwd=KIT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as client:
        until(processes.started)
        client.send_signal(sent)
        assert client.stderr is not None
        assert client.stderr.read() == said
        assert client.wait(WAIT) == code
    assert processes.none_left()
    processes.close()


@posix
def test_a_change_of_the_kit_ends_the_helper(no_cold: None) -> None:
    warm_check(KIT / "solution", 1)
    before, table = address.address(), KIT / "tests" / "steps.toml"
    status = table.stat()
    try:
        os.utime(table, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
        assert address.address() != before
        until(lambda: not before.exists())
    finally:
        os.utime(table, ns=(status.st_atime_ns, status.st_mtime_ns))
