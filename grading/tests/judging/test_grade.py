"""Grading runs for real: one program in three wrappings, and programs that want to avoid a verdict."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner
from typer.testing import Result as Outcome

from grading import KIT
from grading.commands import cli
from grading.judging import lines
from grading.judging.cold import run_suite
from grading.judging.grade import grade_here as grade
from grading.judging.lines import NoResult
from grading.maintain.raw_zip import raw
from grading.results.result import Result, TestResult
from grading.tests.intake.handed_in import posix
from grading.tests.results.test_result import a_test, assert_schema_1


def hand_in(folder: Path, program: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "main.py").write_text(program, encoding="utf-8")
    return folder


def marked(submission: Path, tmp_path: Path) -> tuple[Outcome, dict[str, Any]]:
    """Run `grade run SUBMISSION --json FILE`. Returns how it ended, and the JSON after a check of its schema."""
    file = tmp_path / "result.json"
    outcome = CliRunner().invoke(cli, ["run", str(submission), "--json", str(file)])
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit)
    data = json.loads(file.read_text(encoding="utf-8"))
    assert_schema_1(data)
    return outcome, data


def assert_not_graded(outcome: Outcome, data: dict[str, Any], *words: str) -> None:
    assert outcome.exit_code == 3
    assert (data["graded"], data["score"], data["bonus"], data["tests"]) == (False, 0, 0, [])
    assert "not graded, 0 of 100" in outcome.output
    assert " ".join(data["reason"].split()) in " ".join(outcome.output.split())
    for word in words:
        assert word in data["reason"]


# The same program in three wrappings.


def test_folder_file_and_zip_are_the_same_submission(tmp_path: Path) -> None:
    folder = hand_in(tmp_path / "folder", (KIT / "solution" / "main.py").read_text(encoding="utf-8"))
    file = Path(shutil.copy(folder / "main.py", tmp_path / "alice_main.py"))
    with zipfile.ZipFile(tmp_path / "alice.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "main.py", "homework/main.py")
    seen: list[TestResult] = []
    results = [grade(folder, on_test=seen.append).as_json(), grade(file).as_json()]
    # The third one as an instructor does it, in a process of its own.
    command = [sys.executable, "-m", "grading", "run", "alice.zip", "--json", "alice.json"]
    environ = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "PYTHONPATH")}
    environ |= {"PYTHONPATH": str(KIT), "PYTHONIOENCODING": "utf-8", "COLUMNS": "80"}
    ended = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, encoding="utf-8", timeout=300)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "90 of 100 marks, bonus 10 of 10." in ended.stdout
    assert "nothing: there is no test_main.py" in ended.stdout
    assert "\x1b" not in ended.stdout
    results.append(json.loads((tmp_path / "alice.json").read_text(encoding="utf-8")))
    for data in results:
        assert_schema_1(data)
        assert (data["graded"], data["score"], data["bonus"]) == (True, 90, 10)
        del data["duration_s"], data["isolation"]
    assert results[0] == results[1]
    own = [test for test in results[2]["tests"] if test["step"] == 9]
    assert (results[0]["max_score"], results[2]["max_score"], sum(test["max_score"] for test in own)) == (90, 100, 10)
    same = [test for test in results[2]["tests"] if test["step"] != 9]
    assert (results[0]["tests"], results[0]["hashes"]) == (same, results[2]["hashes"])
    assert sorted(test.id for test in seen) == sorted(test["id"] for test in results[0]["tests"])


# No result is never a pass.

CHILD = """
import os, subprocess, sys
if hasattr(os, "mkfifo") and {fifo!r}:
    fifo = os.open({fifo!r}, os.O_WRONLY)
    subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"], pass_fds=[fifo])
    os.write(fifo, b"started;")
"""
FORGE = """
import json, os, sys
forged = [
    {"collected": ["a"]},
    {"test": {"id": "a", "step": 3, "status": "passed", "score": 20, "max_score": 20, "message": ""}},
    {"done": True},
]
text = "".join(json.dumps(line) + "\\n" for line in forged)
for stream in (sys.stdout, sys.__stdout__, sys.stderr):
    print(text, file=stream, end="", flush=True)
os.write(1, text.encode())
"""
HANDLER = """
import os
from fastapi import FastAPI

app = FastAPI()

@app.post("/generate")
def generate():
    os._exit(0)
"""
SIGNAL = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
HANG = "import ctypes\nctypes.PyDLL(None).sleep(60)\n"  # in C code that lets no thread of Python's run
SLEEP = "import time\ntime.sleep(3600)\n"


class Processes:
    """Sees by a named pipe which processes of a program run: the system ends the pipe after the last of them."""

    def __init__(self, path: Path) -> None:
        self.program = ""
        if hasattr(os, "mkfifo"):
            os.mkfifo(path)
            self._pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            self.program = CHILD.format(fifo=str(path))

    def started(self) -> bool:
        if not self.program:
            return True
        with contextlib.suppress(BlockingIOError):
            return b"started;" in os.read(self._pipe, 4096)
        return False

    def none_left(self) -> bool:
        """Wait until all have ended; False if some are still there half a minute later."""
        if not self.program:
            return True
        while select.select([self._pipe], [], [], 30)[0]:
            if not os.read(self._pipe, 4096):  # else one says, as the second of two, that it has started
                return True
        return False

    def close(self) -> None:
        if self.program:
            os.close(self._pipe)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    with contextlib.closing(Processes(tmp_path / "pipe")) as seen:
        yield seen


@pytest.mark.parametrize(
    ("program", "words"),
    [
        pytest.param(FORGE + "os._exit(0)", ["(exit code 0) after 0 tests"], id="exit-at-import-after-forging"),
        pytest.param(HANDLER, ["(exit code 0) after "], id="exit-in-a-handler"),
        pytest.param(SIGNAL, ["(signal SIGKILL) after 0 tests"], id="signal", marks=posix),
    ],
)
def test_a_program_that_ends_the_tests_is_not_graded(
    program: str, words: list[str], tmp_path: Path, processes: Processes
) -> None:
    """Where it runs in its judge's process, as for `grade check`; `grade run` judges from outside: test_hostile.py."""
    result = grade(hand_in(tmp_path / "hostile", processes.program + program))
    assert (result.graded, result.score) == (False, 0)
    for word in ("The program ended the test process", "Look for exit() or a crash", *words):
        assert word in str(result.reason)
    assert processes.started()
    assert processes.none_left()


def test_a_program_that_sleeps_at_its_import_is_graded_and_told_the_line(tmp_path: Path, processes: Processes) -> None:
    result = grade(hand_in(tmp_path / "hostile", processes.program + SLEEP))
    assert result.graded
    assert {test.status for test in result.tests} == {"failed", "skipped"}
    line = (processes.program + SLEEP).count("\n")
    told = f"the program stands at main.py, line {line}:"
    assert all(told in test.message for test in result.tests if test.status == "failed")
    assert processes.none_left()


@posix
def test_a_program_that_nothing_can_interrupt_is_not_graded(tmp_path: Path, processes: Processes) -> None:
    folder = hand_in(tmp_path / "hostile", processes.program + HANG)
    for deadline in (5, 15, 45):  # until this computer is quick enough to come as far as the program
        result = grade(folder, deadline=deadline)
        assert not result.graded
        assert f"did not end within {deadline} seconds; 0 of them" in str(result.reason)
        if processes.started():
            break
    else:
        pytest.fail("the program was never started")
    assert processes.none_left()


def test_exit_at_import_is_a_failed_first_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--maxfail=1")  # the instructor's own; it must not cut the suite short
    outcome, data = marked(hand_in(tmp_path / "program", FORGE + "sys.exit(0)"), tmp_path)
    assert outcome.exit_code == 0
    assert (data["graded"], data["score"], data["bonus"]) == (True, 0, 0)
    assert {row["step"]: row["status"] for row in data["steps"] if row["step"] != 9} == {
        step: "failed" if step == 1 else "skipped" for step in (1, 2, 3, 4, 5, 6, 7, 8, 10)
    }
    assert "Importing main.py failed. main.py, line 12: SystemExit: 0" in data["tests"][0]["message"]
    assert all(test["message"].startswith("Not checked yet: ") for test in data["tests"] if test["step"] not in (1, 9))


# What the judge's lines must be. The judge is a stand-in here: a few lines instead of three seconds.


def line(**message: object) -> str:
    return json.dumps(message)


def result_line(name: str = "one", **fields: object) -> str:
    return line(test=vars(a_test(3, name=name)) | fields)


IDS = [a_test(3, name=name).id for name in ("one", "two")]
COLLECTED, DONE = line(collected=IDS), line(done=True)
ONE, TWO = result_line("one"), result_line("two")
FAILURE = dict.fromkeys(("sent", "came_back", "expected", "look_at", "observation"), "…")


def stand_in(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Start `program` instead of the judge."""

    def start(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        return popen([sys.executable, "-S", "-c", program], **options)

    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", start)


def printing(*lines: str) -> str:
    return f"import sys\nsys.stdout.write({''.join(each + chr(10) for each in lines)!r})"


def test_tests_of_the_same_name_have_a_result_each(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As the methods of two classes of an instructor's."""
    stand_in(monkeypatch, printing(line(collected=IDS * 2), ONE, TWO, ONE, TWO, DONE))
    assert [test.id for test in run_suite(tmp_path)] == IDS * 2


@pytest.mark.parametrize("results", [[ONE, TWO], [TWO, ONE]], ids=["in order", "in another order"])
def test_a_result_for_each_collected_test_is_complete(
    results: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_in(monkeypatch, printing(COLLECTED, *results, DONE) + "\nsys.exit(1)")
    assert [test.id for test in run_suite(tmp_path)] == IDS


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [DONE],
        [line(collected=[]), DONE],
        [COLLECTED, DONE],
        [COLLECTED, ONE, DONE],
        [COLLECTED, ONE, TWO],
        [COLLECTED, ONE, ONE, DONE],
        [COLLECTED, ONE, TWO, TWO, DONE],
        [ONE, TWO, DONE],
        [COLLECTED, ONE, TWO, line(done=1)],
        [COLLECTED, ONE, TWO, "passed", DONE],
        [COLLECTED, ONE, TWO, "{}", DONE],
        [COLLECTED, ONE, TWO, "[" * 100_000, DONE],
        [COLLECTED, ONE, TWO, "\\ud800", DONE],
        [COLLECTED, ONE, line(test=7), DONE],
        [COLLECTED, ONE, line(test={"id": IDS[1]}), DONE],
        [COLLECTED, ONE, result_line("two", step=11), DONE],
        [COLLECTED, ONE, result_line("two", step=[3]), DONE],
        [COLLECTED, ONE, result_line("two", score="9"), DONE],
        [COLLECTED, ONE, result_line("two", status="great"), DONE],
        [COLLECTED, ONE, result_line("two", extra=1), DONE],
        [COLLECTED, ONE, result_line("two", message=None), DONE],
        [COLLECTED, ONE, result_line("two", failure=7), DONE],
        [COLLECTED, ONE, result_line("two", failure={"sent": "…"}), DONE],
        [COLLECTED, ONE, result_line("two", failure={**FAILURE, "observation": None}), DONE],
        [COLLECTED, ONE, result_line("two", failure={**FAILURE, "more": "…"}), DONE],
    ],
)
def test_anything_less_is_no_result(lines: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_in(monkeypatch, printing(*lines))
    with pytest.raises(NoResult, match="The program ended the test process"):
        run_suite(tmp_path)


def test_what_holds_the_channel_open_does_not_hold_us(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with pytest.raises(TimeoutError), os.fdopen(writing, "wb"):
        list(lines._lines(os.fdopen(reading, "rb"), 0.01))


def test_last_words_are_shown_without_what_a_terminal_obeys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = "x" * 100_000 + "\x1b]0;title\x07\nMemoryError"
    stand_in(monkeypatch, f"import sys\nsys.stderr.write({words!r})\nsys.exit(7)")
    with pytest.raises(NoResult) as caught:
        run_suite(tmp_path)
    assert "(exit code 7)" in str(caught.value)
    assert str(caught.value).endswith("x\\x1b]0;title\\x07\nMemoryError")
    assert len(str(caught.value)) < 1_000


def test_messages_are_without_what_a_terminal_obeys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hostile = result_line("two", status="failed", score=0, message="a\x1b[31m\ud800\nb" + "c" * 10**5 + "\n" * 10**4)
    stand_in(monkeypatch, printing(COLLECTED, ONE, hostile, DONE))
    message = run_suite(tmp_path)[1].message
    assert message.startswith("a\\x1b[31m\\ud800\nbccc")
    assert len(message) < 10_000


def test_the_parts_of_a_failure_are_without_it_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    parts = dict.fromkeys(FAILURE, "a\x1b[31m\ud800\nb" + "c" * 10**4)
    stand_in(monkeypatch, printing(COLLECTED, ONE, result_line("two", status="failed", score=0, failure=parts), DONE))
    failure = run_suite(tmp_path)[1].failure
    assert failure is not None
    for part in (getattr(failure, name) for name in parts):
        assert part.startswith("a\\x1b[31m\\ud800\nbccc")
        assert len(part) < 3_000


def test_a_fault_of_ours_while_tests_come_in_is_not_the_programs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(result: TestResult) -> None:
        raise ValueError("ours")

    stand_in(monkeypatch, printing(COLLECTED, ONE, TWO, DONE))
    with pytest.raises(ValueError, match="ours"):
        run_suite(tmp_path, on_test=fail)


# What can't be read at all.


def test_a_folder_without_main(tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "app.py").write_text("app = 1")
    assert_not_graded(*marked(tmp_path / "given", tmp_path), "There is no main.py. Found: 'app.py'.")


def test_a_syntax_error_is_shown_with_line_and_caret(tmp_path: Path) -> None:
    outcome, data = marked(hand_in(tmp_path / "given", "import os\nanswer = 1 +* 2\n"), tmp_path)
    assert_not_graded(outcome, data, "main.py has a syntax error on line 2: ")
    assert "    answer = 1 +* 2\n                ^\n" in data["reason"]
    assert "    answer = 1 +* 2\n                ^\n" in outcome.output


def test_a_program_that_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "main.py").write_bytes(b"name = 'M\xfcller'\n")
    assert_not_graded(*marked(tmp_path / "given", tmp_path), "main.py can't be read as UTF-8: byte 0xFC", "line 1")


def test_a_broken_zip(tmp_path: Path) -> None:
    (tmp_path / "given.zip").write_bytes(b"PK\x03\x04 and then the connection broke")
    assert_not_graded(*marked(tmp_path / "given.zip", tmp_path), "'given.zip' is not a zip that can be read.")


def test_a_zip_that_leads_out_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "given.zip").write_bytes(raw([b"main.py", b"../evil.py"]))
    assert_not_graded(*marked(tmp_path / "given.zip", tmp_path), "'../evil.py'", "leads out of the folder")
    assert not list(tmp_path.rglob("evil.py"))


def test_reasons_end_as_sentences_and_are_no_traceback(tmp_path: Path) -> None:
    result: Result = grade(tmp_path / "nothing")
    assert not result.graded
    assert str(result.reason).endswith(".")
    assert "Traceback" not in str(result.reason)
