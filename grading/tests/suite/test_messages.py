"""What a student reads: every message of the suite over wrong programs, and pytest's whole output."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path

import pytest

from grading import KIT
from grading.judging.judge import judge
from grading.results.result import TestResult
from grading.results.steps import STEPS
from grading.tests.conftest import Mark
from grading.tests.programs import HELLO, run_pytest, write

WRONG = KIT / "grading" / "gallery" / "wrong"
SAMPLE = """
    answer_cut answer_stripped answer_undocumented asks_at_import asks_five_times blocking_in_async cause_in_header
    exception_text_500 health_asks_the_model key_needed_at_import limit_in_bytes message_in_log message_in_query
    model_fixed shared_history stream_without_done five_minutes whole_completion
""".split()
PARTS = ["sent", "came back", "expected", "look at"]
WIDTH = 100  # of a terminal


def broken(tests: list[TestResult] | tuple[TestResult, ...]) -> list[TestResult]:
    """Return the tests that the program did not pass; there must be some, and none that failed by itself."""
    assert [test.id for test in tests if test.status == "error"] == []
    failed = [test for test in tests if test.status == "failed"]
    assert failed
    return failed


def assert_readable(test: TestResult) -> None:
    lines = test.message.splitlines()
    parts = [line[:12].rstrip(" :") for line in lines]
    assert [part for part in parts if part] in (PARTS, PARTS[1:]), test.message  # the others go on in further lines
    assert all(len(line) > 12 for line in lines), test.message
    assert sum(-(-len(line) // WIDTH) for line in lines) <= 12, test.message
    assert f"grade hint {test.step}" in lines[-1]
    assert f"step {test.step} " in lines[-1]
    assert_private(test.message)


def assert_private(text: str) -> None:
    """Nothing in it is random, belongs to this computer or shows the suite's own code."""
    assert not re.search(r"[a-z]-[0-9a-f]{4}|0x[0-9a-f]{4}", text, re.IGNORECASE), text
    for place in (str(KIT), str(Path.home()), "site-packages", os.path.realpath(sys.prefix), "/tmp/"):
        assert place not in text, text
    for word in ("Traceback", 'File "', "grading.", "ContractBroken", "assert "):
        assert word not in text, text


@pytest.mark.parametrize("name", SAMPLE)
def test_every_message_has_four_readable_parts(name: str, mark: Mark) -> None:
    for test in broken(mark(WRONG / name).tests):
        assert_readable(test)


BREAKS_OFF = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"99")]})
        await send({"type": "http.response.body", "body": b"short"})
"""
STRANGE = {
    "starter": (KIT / "starter" / "main.py").read_text(encoding="utf-8"),
    "empty": "",
    "syntax-error": "def app(:\n",
    "exits": "import sys\nsys.exit('No key!')\n",
    "many-lines": "raise ValueError('one\\ntwo\\n' * 1000)\n",
    "contacts": "import requests\nrequests.get('http://127.0.0.1:9/')\n",
    "another-endpoint": HELLO,
    "no-answer": "async def app(scope, receive, send):\n    raise ValueError('x' * 10_000)\n",
    "breaks-off": BREAKS_OFF,
    "exits-later": HELLO + "@app.post('/generate')\nasync def generate(body: dict):\n    raise SystemExit(3)\n",
}


@pytest.mark.parametrize("main", STRANGE.values(), ids=STRANGE)
def test_messages_about_strange_programs_are_readable_too(tmp_path: Path, main: str, mark: Mark) -> None:
    result = mark(write(tmp_path, main))
    assert result.score < 20
    for test in broken(result.tests):
        assert_readable(test)
    for test in result.tests:
        if test.status == "skipped":
            assert re.match(r"Not checked yet: step [123] comes first, because (the app|POST|the model) ", test.message)
            assert_private(test.message)


@pytest.mark.parametrize("name", ["answer_cut", "asks_at_import", "exception_text_500", "message_in_log"])
def test_the_same_program_gets_the_same_words_again(name: str, mark: Mark) -> None:
    again = judge(str(WRONG / name), [str(KIT / "tests")], io.StringIO())
    once = mark(WRONG / name).tests
    # LiteLLM tells the time that a call took, and this program passes that on.
    assert [re.sub(r"\d+\.\d+", "", str(test)) for test in once] == [
        re.sub(r"\d+\.\d+", "", str(test)) for test in again
    ]


# What pytest prints.


@pytest.mark.parametrize("ci", ["", "true"])
def test_the_starter_gets_guidance_and_no_crash(ci: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", ci)
    code, output = run_pytest("--app", "starter")
    assert code == 1
    output = output.partition("collected ")[2]
    for word in ("INTERNALERROR", "Traceback", "grading/", "def test_", "Error"):
        assert word not in output, output
    assert not re.search(r"\.py:\d", output), output
    assert output.count("came back:  main.py has no variable named app.") == 3
    *_, state, following, last = output.rstrip().splitlines()
    assert state == "step 10  Ship it                8 not checked"
    assert following == f"next: {STEPS[0].where}"
    assert re.search(r"3 failed, \d+ skipped in", last)


def test_a_failure_in_a_worker_of_xdist_is_told_and_stops_nothing() -> None:
    pytest.importorskip("xdist")
    files = [str(KIT / "tests" / f"test_step_{name}.py") for name in ("01_the_app_starts", "07_limit_the_input")]
    code, output = run_pytest(*files, "--app", "starter", "-n", "1")
    assert "INTERNALERROR" not in output, output
    assert output.count("came back:  main.py has no variable named app.") == 3
    assert (code, bool(re.search(r"3 failed, \d+ skipped in", output))) == (1, True), output


def test_a_folder_that_is_not_there_is_one_sentence() -> None:
    code, output = run_pytest("--app", "no/such/folder")
    told = "ERROR: --app no/such/folder: there is no such folder. Name the folder that holds main.py."
    assert (code, output.strip()) == (4, told)


def test_a_file_that_is_no_main_is_one_sentence() -> None:
    code, output = run_pytest("--app", "pyproject.toml")
    told = "ERROR: --app pyproject.toml: this is neither a folder nor a main.py. Name the folder that holds main.py."
    assert (code, output.strip()) == (4, told)


@pytest.mark.parametrize(
    ("app", "folder"),
    [("solution/main.py", KIT), ("../solution", KIT / "starter"), (".", KIT / "solution")],
    ids=["main.py", "from-another-folder", "in-its-folder"],
)
def test_app_is_found_from_where_pytest_is_typed(app: str, folder: Path) -> None:
    code, output = run_pytest("--app", app, "-k", "step_01 or step_07", cwd=folder)
    assert code == 0, output
    assert "step  7  Limit the input        8 passed" in output
    assert "Everything that was checked works. Well done!" in output
    assert "11 passed, 68 deselected" in output


def test_the_bonus_is_next_when_all_else_works(tmp_path: Path) -> None:
    files = [str(KIT / "tests" / f"test_step_{name}.py") for name in ("01_the_app_starts", "10_ship_it")]
    code, output = run_pytest(*files, "--app", str(write(tmp_path, "from fastapi import FastAPI\napp = FastAPI()\n")))
    assert code == 1
    assert "step  1  The app starts         3 passed" in output
    assert "step 10  Ship it                5 failed, 3 not checked" in output
    assert f"\nnext: {STEPS[9].where}\n" in output
