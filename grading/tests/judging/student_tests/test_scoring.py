"""Step 9: tests get the marks that they deserve for what they catch, and a hostile test file gains nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from grading import GALLERY, KIT
from grading.judging.student_tests import reasons, runs
from grading.judging.student_tests.pool import KnownPrograms
from grading.judging.student_tests.programs import programs, write_programs
from grading.judging.student_tests.scoring import CORRECT, STEP, judge_own_tests, unnoticed
from grading.judging.student_tests.verdict import Verdict, read_verdict
from grading.processes.forkserver import ForkServer
from grading.results.result import TestResult, make_result

GOOD = programs().styles
BUGS = {each.name: each.bug for each in programs().broken}
MARKS = {each.name: each.marks for each in programs().broken}
REFERENCE = (KIT / "solution" / "test_main.py").read_text(encoding="utf-8")


def score(results: list[TestResult]) -> float:
    """Return the marks of step 9, after a look at the form of its results."""
    assert [test.id for test in results] == [CORRECT, *(f"own_tests::catch_a_bug[{name}]" for name in BUGS)]
    assert sum(test.max_score for test in results) == STEP.marks
    assert all((test.message == "") == (test.status == "passed") for test in results)
    row = make_result(results, "", 0).steps[STEP.number - 1]
    assert (row.status == "passed") == (row.score == STEP.marks)
    return row.score


def rejected(results: list[TestResult]) -> str:
    """Return why there are no marks at all, in one line."""
    assert score(results) == 0
    assert [test.status for test in results] == ["failed", *["skipped"] * len(BUGS)]
    return " ".join(results[0].message.split())


# What the verdicts make. Nothing is run here.


def verdict(passed: int = 1, failed: str = "", said: str = "", line: int = 0, loaded: bool = True) -> bytes:
    return json.dumps({"passed": passed, "failed": failed, "said": said, "line": line, "loaded": loaded}).encode()


GREEN, RED = verdict(), verdict(0, "test_a", "assert 1 == 2")


TEXT = "def test_a(client):\n    assert client\n"


def judged(tmp_path: Path, say: Callable[[str], bytes], text: str = TEXT, budget: float = 60) -> list[TestResult]:
    """Judge a text by what `say` says of each program by name."""
    (tmp_path / "test_main.py").write_text(text, encoding="utf-8")
    names = {source: name for name, source in programs().draw(text.encode()).items()}

    def run(program: Path, patience: float) -> bytes:
        assert 0 < patience <= budget
        return say(names[(program / "main.py").read_text(encoding="utf-8")])

    return judge_own_tests(tmp_path / "test_main.py", run, budget=budget)


def is_correct(name: str) -> bool:
    return name in GOOD


def test_the_programs_are_chosen_so_that_marks_are_in_halves() -> None:
    assert sum(MARKS.values()) == STEP.marks
    assert all(marks % 0.5 == 0 for marks in MARKS.values())
    assert len(set(BUGS.values())) == len(BUGS)
    assert len(GOOD) + len(BUGS) <= 14  # each costs time in every submission


def test_marks_follow_the_share_of_bugs_that_are_caught(tmp_path: Path) -> None:
    noticed = list(BUGS)[:7]
    results = judged(tmp_path, lambda name: RED if name in noticed else GREEN)
    assert score(results) == sum(MARKS[name] for name in noticed)
    assert unnoticed(results) == list(BUGS.values())[7:]
    first = next(test for test in results if test.status == "failed")
    assert f"your tests, on a program that {list(BUGS.values())[7]}" in first.message
    assert "hint: grade hint 9" in first.message
    assert "def " not in first.message


def test_each_program_is_met_once_and_in_another_order_each_time(tmp_path: Path) -> None:
    orders = []
    for _ in range(2):
        met: list[str] = []
        judged(tmp_path, lambda name, met=met: met.append(name) or GREEN)  # type: ignore[misc]
        assert sorted(met) == sorted([*GOOD, *BUGS])
        orders.append(met)
    assert orders[0] != orders[1]


def test_a_correct_program_that_is_refused_ends_it_and_costs_all(tmp_path: Path) -> None:
    why = rejected(judged(tmp_path, lambda _: verdict(0, "test_a", "assert 1 == 2", 2)))
    assert "came back: test_a fails on a correct program. Line 2: assert client expected" in why
    assert "no more: other programs are right, too" in why


def test_tests_that_differ_on_one_correct_program_are_flaky(tmp_path: Path) -> None:
    met: set[str] = set()

    def moody(name: str) -> bytes:
        first = name not in met
        met.add(name)
        return RED if first or not is_correct(name) else GREEN

    why = rejected(judged(tmp_path, moody))
    assert "different verdicts on one and the same correct program: test_a failed once and passed once" in why


@pytest.mark.parametrize(
    "lost", [b"", b"[]", b"null", b"{}", b"[" * 50_000, b"\xff", GREEN[:-1], verdict()[:-1] + b', "x": 1}']
)
def test_what_is_no_verdict_gives_nothing(lost: bytes, tmp_path: Path) -> None:
    assert "no result: your tests did not come to their end" in rejected(judged(tmp_path, lambda _: lost))


@pytest.mark.parametrize("field", ["passed", "failed", "said", "line", "loaded"])
def test_fields_have_their_types(field: str, tmp_path: Path) -> None:
    wrong = json.dumps({**json.loads(RED), field: [1]}).encode()
    rejected(judged(tmp_path, lambda name: GREEN if is_correct(name) else wrong))


def test_a_run_that_was_lost_once_is_repeated(tmp_path: Path) -> None:
    met: set[str] = set()

    def slow_at_first(name: str) -> bytes:
        if name not in met:
            met.add(name)
            return b""
        return GREEN if is_correct(name) else RED

    assert score(judged(tmp_path, slow_at_first)) == STEP.marks


@pytest.mark.parametrize(
    "said",
    [
        verdict(0, "test_\x1b[2J", "\x1b]0;title\x07"),
        verdict(0, "looks", "Generated /health 422 'str'"),
        verdict(0, "test_a[Generated]", "assert 'Generated' == 'x'"),
        verdict(0, "test_a", "AttributeError: 'Generated' object has no attribute 'health'", 99),
        verdict(0, "test_a", "NameError: name 'Generated' is not defined", -1),
        verdict(0, "", "ModuleNotFoundError: No module named 'Generated'", loaded=False),
        verdict(0, "", "ImportError: cannot import name 'Generated' from 'pytest'", loaded=False),
    ],
)
def test_a_file_that_tells_what_it_sees_of_a_program_is_not_quoted(said: bytes, tmp_path: Path) -> None:
    why = rejected(judged(tmp_path, lambda _: said))
    assert not [word for word in ("\x1b", "Generated", "health", "title", "looks", "str'") if word in why]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (verdict(0, "test_a[client]", "E", 2), "test_a[client] fails on a correct program. Line 2: assert client"),
        (verdict(0, "test_a[pass1]", "E"), "test_a fails on"),
        (
            verdict(0, "test_a", "fixture 'client' not found"),
            "there is no fixture 'client' where your tests are judged",
        ),
        (
            verdict(0, "test_a", "AttributeError: 'P' object has no attribute 'client'"),
            "there is no 'client'. expected",
        ),
        (verdict(0, "test_a", "TypeError: f() got an unexpected keyword argument 'jsn'"), "TypeError. expected: tests"),
    ],
)
def test_what_stands_in_the_file_is_told(said: bytes, told: str, tmp_path: Path) -> None:
    assert told in rejected(judged(tmp_path, lambda _: said))


def test_a_file_that_says_a_lot_is_cut_short() -> None:
    read = read_verdict(verdict(0, "t" * 20_000, "s" * 40_000))
    assert read == Verdict(0, "t" * 200, "s" * 2_000, 0, loaded=True)


@pytest.mark.parametrize(
    "said",
    ["TypeError: ", "AttributeError: ", "AttributeError: has no attribute '", "fixture 'a", "a.", "a", "a\n", "\n"],
)
def test_a_forged_verdict_that_is_slow_to_search_costs_no_time(said: str) -> None:
    started = time.process_time()
    assert reasons._slip(said * (1_000_000 // len(said)), set()) in ("", said.partition(":")[0])
    assert time.process_time() - started < 2  # quadratic: more than a minute


def test_all_runs_of_a_file_have_a_budget_together(tmp_path: Path) -> None:
    met = []

    def slow(name: str) -> bytes:
        met.append(name)
        time.sleep(0.2)
        return GREEN if is_correct(name) else RED

    started = time.monotonic()
    why = rejected(judged(tmp_path, slow, budget=0.5))
    assert time.monotonic() - started < 2
    assert len(met) < len(GOOD) + len(BUGS)
    assert (
        "did not come to their end expected: tests that end by themselves, within some seconds, and within 0.5" in why
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def test_a(:\n    pass\n", "test_main.py has a syntax error on line 1"),
        (
            "from main import app\n",
            "test_main.py imports main (line 1) expected: tests that run on other people's programs, too",
        ),
        ("def test_a():\n    import main.x\n", "test_main.py imports main"),
        ("import litellm\n", "test_main.py imports litellm"),
    ],
)
def test_a_file_that_cannot_work_is_told_so_before_it_runs(text: str, reason: str, tmp_path: Path) -> None:
    assert reason in rejected(judged(tmp_path, lambda _: pytest.fail("It was run."), text))


def test_no_file_is_no_marks(tmp_path: Path) -> None:
    results = judge_own_tests(tmp_path / "test_main.py", lambda *_: pytest.fail("It was run."))
    assert "nothing: there is no test_main.py" in rejected(results)


# Real runs, in the sandbox.

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
        ("def test_a(clinet):\n    pass\n", "is each name spelled as the hand-out spells it?"),
        ("def test_a(provider):\n    provider.answer('Hi')\n", "is each name spelled as the hand-out spells it?"),
        (
            "def test_a(client):\n    assert client.get('/health').status_code == 200\n",
            "Line 2: assert client.get('/health')",
        ),
        ("def test_a(client):\n    assert client.get('/health').status_code == 200\n", "other programs are right, too"),
        ("import os\ndef test_a():\n    os._exit(0)\n", "did not come to their end"),
    ],
)
def test_what_correct_programs_do_not_pass_gets_nothing(text: str, reason: str, judge: Judge) -> None:
    assert reason in rejected(judge(text))


def test_tests_that_hang_are_ended(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "_ENOUGH", 0.5)
    assert "did not come to their end" in rejected(judge("import time\ndef test_a():\n    time.sleep(600)\n"))


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
