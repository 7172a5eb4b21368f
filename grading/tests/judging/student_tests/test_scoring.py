"""Step 9: tests get the marks that they deserve for what they catch. Verdicts are made up, nothing is run."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from grading.judging.student_tests import reasons
from grading.judging.student_tests.programs import programs
from grading.judging.student_tests.scoring import STEP, judge_own_tests, unnoticed
from grading.judging.student_tests.verdict import Verdict, read_verdict
from grading.results.result import TestResult
from grading.tests.judging.student_tests.scored import BUGS, GOOD, MARKS, rejected, score, verdict

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


def test_programs_are_met_in_another_order_each_time(tmp_path: Path) -> None:
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


@pytest.mark.parametrize(
    "is_red",
    [lambda first, correct: first or not correct, lambda first, correct: first and not correct],
    ids=["correct", "broken"],
)
def test_tests_that_differ_on_one_program_are_flaky(is_red: Callable[[bool, bool], bool], tmp_path: Path) -> None:
    met: set[str] = set()

    def moody(name: str) -> bytes:
        first = name not in met
        met.add(name)
        return RED if is_red(first, is_correct(name)) else GREEN

    why = rejected(judged(tmp_path, moody))
    assert "different verdicts on one and the same program: test_a failed once and passed once" in why


@pytest.mark.parametrize("luck", [0.2, 0.3, 0.4])
def test_a_file_that_fails_by_luck_hardly_ever_gets_marks(luck: float, tmp_path: Path) -> None:
    chance = random.Random(str(luck))
    judgings = [judged(tmp_path, lambda _: RED if chance.random() < luck else GREEN) for _ in range(200)]
    # Of 10; it is below 0.1 in the long run, and was about 1 when each verdict counted at once.
    assert sum(map(score, judgings)) / len(judgings) < 0.5


@pytest.mark.parametrize(
    "lost", [b"", b"[]", b"null", b"{}", b"[" * 50_000, b"\xff", GREEN[:-1], verdict()[:-1] + b', "x": 1}']
)
def test_what_is_no_verdict_gives_nothing(lost: bytes, tmp_path: Path) -> None:
    assert "no result: your tests did not finish" in rejected(judged(tmp_path, lambda _: lost))


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
    assert "did not finish expected: tests that end by themselves, within some seconds, and within 0.5" in why


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
