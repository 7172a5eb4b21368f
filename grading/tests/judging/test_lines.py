"""What a judge's lines must be. The judge is a stand-in: a few lines instead of three seconds."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grading.judging import lines
from grading.judging.cold import run_suite
from grading.judging.lines import JudgeOutput, NoResult
from grading.results.result import TestResult
from grading.tests.results.test_result import a_test


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


def test_a_stream_that_is_closed_before_it_is_read_ends_the_output(capfd: pytest.CaptureFixture[str]) -> None:
    """Whoever presses Ctrl-C at that moment sees no traceback of a thread's."""
    stream, output = io.BytesIO(), JudgeOutput()
    stream.close()
    output.read(stream, 10)
    assert not output.complete
    assert capfd.readouterr() == ("", "")
