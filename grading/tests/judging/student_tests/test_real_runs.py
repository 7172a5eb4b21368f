"""Step 9 in the sandbox: what real runs are worth, and that a hostile test file gains nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from grading import GALLERY, KIT
from grading.judging.student_tests import runs
from grading.judging.student_tests.pool import KnownPrograms
from grading.judging.student_tests.programs import programs, write_programs
from grading.judging.student_tests.scoring import CORRECT, STEP, judge_own_tests, unnoticed
from grading.processes.forkserver import ForkServer
from grading.results.result import TestResult
from grading.tests.judging.student_tests.scored import BUGS, GOOD, rejected, score, verdict

REFERENCE = (KIT / "solution" / "test_main.py").read_text(encoding="utf-8")

Judge = Callable[[str], list[TestResult]]


@pytest.fixture
def judge(farms: tuple[KnownPrograms, ForkServer], folder: Path) -> Judge:
    """Judge a text as the grader does."""

    def run(text: str) -> list[TestResult]:
        (folder / "test_main.py").write_text(text, encoding="utf-8")
        with runs.on_farms(*farms, folder, folder.parent) as on_program:
            return judge_own_tests(folder / "test_main.py", on_program, workers=2)

    return run


def test_the_reference_catches_every_bug_and_accepts_every_correct_program(judge: Judge) -> None:
    results = judge(REFERENCE)
    assert [(test.id, test.message) for test in results if test.status != "passed"] == []
    assert score(results) == STEP.marks


PLAIN = """
def test_answers(client, provider):
    provider.answers("Hello!")
    answer = client.post("/generate", json={"message": "Say hello"})
    assert answer.status_code == 200
"""


@pytest.mark.parametrize("text", ["def test_a():\n    assert True\n", PLAIN])
def test_tests_that_look_at_too_little_get_nothing(text: str, judge: Judge) -> None:
    results = judge(text)
    assert results[0].status == "passed"
    assert score(results) == 0
    assert len(unnoticed(results)) == len(BUGS)


BLANK = """
def test_refuses_a_blank_message(client, provider):
    assert client.post("/generate", json={"message": "   "}).status_code == 422
    assert provider.requests == []
"""


def test_at_home_in_one_process_the_verdicts_are_the_same(judge: Judge, tmp_path: Path) -> None:
    outside = judge(BLANK)
    assert [test.id for test in outside if test.status == "passed"] == [
        CORRECT,
        "own_tests::catch_a_bug[blank_accepted]",
    ]
    assert runs.judge_here(tmp_path / "submission") == outside


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no test passed: there is none in test_main.py"),
        ("import pytest\n@pytest.mark.skip\ndef test_a():\n    pass\n", "no test passed"),
        ("import sys\nsys.exit()\n", "no test passed"),
        (
            "import numpyy\n",
            "cannot be imported. ModuleNotFoundError: there is no module 'numpyy'. Line 1: import numpyy",
        ),
        ("def test_a(clinet):\n    pass\n", "is each name spelled as the handout spells it?"),
        ("def test_a(provider):\n    provider.answer('Hi')\n", "is each name spelled as the handout spells it?"),
        (
            "def test_a(client):\n    assert client.get('/health').status_code == 200\n",
            "Line 2: assert client.get('/health')",
        ),
        ("def test_a(client):\n    assert client.get('/health').status_code == 200\n", "other programs are right, too"),
        ("import os\ndef test_a():\n    os._exit(0)\n", "did not finish"),
    ],
)
def test_what_correct_programs_do_not_pass_gets_nothing(text: str, reason: str, judge: Judge) -> None:
    assert reason in rejected(judge(text))


def test_tests_that_hang_are_ended(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "_ENOUGH", 0.5)
    assert "did not finish" in rejected(judge("import time\ndef test_a():\n    time.sleep(600)\n"))


# Hostile files. Each says what it wants of every program; none can say something else of a broken one.

FORGED = """
import json, os
for number in range(3, 64):
    try:
        os.write(number, json.dumps({told}).encode() + b"\\n")
    except OSError:
        pass
def test_a():
    os._exit(0)
"""
PATCHED = """
from _pytest.reports import TestReport
TestReport.failed = property(lambda self: {failed})
TestReport.passed = property(lambda self: not {failed})
def test_a():
    pass
"""


@pytest.mark.parametrize(
    "text",
    [
        FORGED.format(told={"passed": 1, "failed": "", "said": "", "line": 0, "loaded": True}),
        PATCHED.format(failed=False),
    ],
)
def test_forged_green_catches_nothing(text: str, judge: Judge) -> None:
    assert score(judge(text)) == 0


@pytest.mark.parametrize(
    "text",
    [
        FORGED.format(told={"passed": 0, "failed": "a", "said": "", "line": 0, "loaded": True}),
        PATCHED.format(failed=True),
        # Nonsense to whoever listens: the program's process.
        "import os\ndef test_a(client):\n    for number in range(3, 64):\n        try:\n"
        "            os.write(number, bytes(99))\n        except OSError:\n            pass\n"
        "    assert client.get('/generate').status_code == 405\n",
    ],
)
def test_forged_red_is_refused_by_the_correct_programs(text: str, judge: Judge) -> None:
    rejected(judge(text))


SPY = """
import gc, os, sys
from pathlib import Path

def test_the_program_and_its_truth_are_not_here():
    for place in ({gallery!r}, {gallery!r} + "/own_tests.toml", {solution!r}):
        try:
            found = os.listdir(place) if os.path.isdir(place) else open(place).read()
        except OSError:
            continue
        assert not found
    texts = [each for each in gc.get_objects() if isinstance(each, dict)]
    for name in {names!r}:
        key = name[::-1]
        assert not any(key in each for each in texts), key
    assert "litellm" not in sys.modules
    assert "grading.judging.student_tests.scoring" not in sys.modules and "grading.judging.grader" not in sys.modules

def test_no_run_remembers_another(tmp_path):
    for folder in {{Path.cwd(), Path.home(), tmp_path.parents[2], Path("/tmp"), Path("/dev/shm")}}:
        try:
            assert not (folder / "canary").exists(), folder
            (folder / "canary").write_text("met")
        except OSError:
            pass
    assert Path("canary").exists()
"""


def test_a_spy_finds_neither_program_nor_truth_nor_a_former_run(judge: Judge) -> None:
    names = [name[::-1] for name in (*GOOD, *BUGS)]  # turned round: the text itself is in memory, too
    results = judge(SPY.format(gallery=str(GALLERY), solution=str(KIT / "solution" / "main.py"), names=names))
    assert results[0].message == ""
    assert score(results) == 0


BY_STYLE = """
def test_a(client, provider):
    schema = client.get("/openapi.json").json()
    refused = client.post("/generate", json={{}})
    provider.times_out()
    slow = client.post("/generate", json={{"message": "Hello"}})
    assert not ({style})
"""


@pytest.mark.parametrize(
    "style",
    [
        "'UserInput' in str(schema)",
        "schema['info']['title'] < 'M'",
        "len(str(schema)) % 2",
        "len(schema['paths']) > 1",
        "isinstance(refused.json()['detail'], str)",
        "len(provider.requests) > 1",
        "len(slow.text) % 2",
        "provider.requests[0].messages[0].role == 'system'",
        "len(slow.headers) > 2",
    ],
)
def test_a_file_that_goes_by_style_earns_nothing(style: str, judge: Judge) -> None:
    results = judge(BY_STYLE.format(style=style))
    caught = {test.id for test in results if test.status == "passed"} - {CORRECT}
    # These show their bug in what the file asks for: it is a test of them.
    shown = ("message_has_default", "failures_not_caught", "provider_quoted")
    assert caught <= {f"own_tests::catch_a_bug[{name}]" for name in shown}


READS_THE_SOURCE = """
def test_a(client, provider):
    provider.fails(401)
    answers = [client.post("/generate", json={"message": "Hello"})]
    provider.answers("\\ud800")
    answers.append(client.post("/generate", json={"message": "Hello"}))
    told = [answer.extensions.get("kit_explanation") for answer in answers]
    assert not [each for each in told if each and (each.text or each.observation)]
    assert not [answer for answer in answers if "main.py" in answer.text]
"""


def test_a_file_that_reads_explanations_sees_no_line_of_a_program(judge: Judge) -> None:
    results = judge(READS_THE_SOURCE)
    assert results[0].message == ""
    assert score(results) == 0


LEAVES_ITS_APP = """
from grading.webapp.remote import RemoteProgram
RemoteProgram._stop = lambda *given: None
def test_a(client):
    pass
"""


def test_a_process_whose_app_did_not_stop_runs_no_other_program(
    farms: tuple[KnownPrograms, ForkServer], judge: Judge
) -> None:
    programs = farms[0]
    before = judge(BLANK)
    idle = set(programs._idle)
    assert judge(BLANK) == before
    assert idle & set(programs._idle)  # they served both times
    assert score(judge(LEAVES_ITS_APP)) == 0
    assert programs._idle == []
    assert judge(BLANK) == before


def test_where_there_is_no_farm_two_processes_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "test_main.py").write_text(BLANK, encoding="utf-8")
    folders = write_programs(programs().sources(), tmp_path)
    run = runs.cold(tmp_path, tmp_path)
    assert json.loads(run(folders["plain"], 90)) == json.loads(verdict())
    told = json.loads(run(folders["blank_accepted"], 90))
    assert (told["failed"], told["line"], told["loaded"]) == ("test_refuses_a_blank_message", 3, True)
