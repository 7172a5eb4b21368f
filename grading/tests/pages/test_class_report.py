"""The class report counts right, names whom it should, and works for one student as for thousands."""

from __future__ import annotations

import pickle
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grading.classroom.entry import Lateness, Mark
from grading.judging.student_tests.programs import programs
from grading.pages.class_numbers import ClassNumbers
from grading.pages.class_report import Findings, class_report_html
from grading.pages.similarity import SimilarPair
from grading.pages.students import SHADES, student_row
from grading.results.result import Result, TestResult, make_result, not_graded
from grading.tests.marks import BELIEF, a_mark, a_result, failed, message, with_hidden, write_pages


def counted(results: list[Result]) -> ClassNumbers:
    """A class of these."""
    numbers = ClassNumbers()
    for number, result in enumerate(results):
        numbers.add(a_mark(result, f"s{number}"), None)
    return numbers


def of(*passed: bool, worth: float = 5) -> Result:
    """A result with one test of step 6 for each argument."""
    rows = [("passed", worth) if each else ("failed", 0) for each in passed]
    tests = [TestResult(f"t::test_{i}", 6, status, score, worth) for i, (status, score) in enumerate(rows)]
    return make_result(tests, "", 0)


def test_difficulty_and_discrimination() -> None:
    # 100 students: the 27 best are among the 40 with both tests right, the 27 weakest are among the 30 with none.
    figures = list(counted([of(True, True)] * 40 + [of(True, False)] * 30 + [of(False, False)] * 30).tests())
    assert [(row.passed, row.share, row.difficulty) for row in figures] == [(70, 0.7, "easy"), (40, 0.4, "middling")]
    assert [(row.discrimination, row.quality) for row in figures] == [(1.0, "very good"), (1.0, "very good")]


def test_students_with_equal_marks_at_the_edge_of_a_group_count_in_part() -> None:
    # 100 students, groups of 27. 20 have 10 marks and passed the first test only; of 60 with 5 marks, half passed it.
    best, middle = of(True, True), [of(True, False), of(False, True)]
    figures = list(counted([best] * 20 + middle * 30 + [of(False, False)] * 20).tests())
    # Upper: 20 + 7 of the middle, of which half passed; lower: 20 + 7 of the middle. D = (20 + 3.5 - 3.5) / 27.
    assert [row.discrimination for row in figures] == [round(20 / 27, 2)] * 2


def test_a_test_that_weaker_students_pass_is_told() -> None:
    backwards = [of(False, True, True)] * 50 + [of(True, False, False)] * 50
    first, *others = counted(backwards).tests()
    assert (first.discrimination, first.quality, first.reversed) == (-1.0, "reversed", True)
    assert not any(row.reversed for row in others)
    assert "0 (discrimination -1.00)" in class_report_html(counted(backwards), None)


def test_a_small_class_gets_no_discrimination() -> None:
    page = class_report_html(counted([of(True, False)] * 19), None)
    assert "at least 20 graded" in page
    assert "Kelley" not in page
    assert "Kelley" in class_report_html(counted([of(True, False)] * 20), None)


def test_bars_hold_every_mark_and_the_maximum() -> None:
    results = [a_result(), a_result({7: message()}), a_result({7: message(), 8: message()}), of(True)]
    numbers = counted(results)
    bars = dict(numbers.distribution())
    assert sum(bars.values()) == 4
    assert (bars["0–9"], bars["70–79"], bars["80–90"]) == (1, 1, 2)
    assert numbers.points() == {"lowest": 5, "lower quarter": 53.8, "median": 75, "upper quarter": 82.5, "highest": 90}
    assert numbers.mean() == 61.2


def a_class() -> Iterator[Mark]:
    """A class in which everything happens."""
    yield a_mark(a_result(), "a", "Ada")
    yield a_mark(a_result({6: message()}), "b", "Bo <b>", Lateness(2, 20, 72))
    yield a_mark(a_result({6: message(), 7: message()}), "c", "Cy", Lateness(0, 0, 70))
    yield a_mark(not_graded("It has a key sk-test-0123456789 in /home/prof/x/main.py."), "d", "Di")
    for key, name in (("e", "Eve"), ("f", "Fay")):
        mark = a_mark(a_result(), key, name)
        yield Mark(mark.entry, mark.result, None, identical_to=("f" if key == "e" else "e",))


PAIRS = [SimilarPair(("a", "b"), 0.87, 41)]


def test_the_report_names_what_it_should(tmp_path: Path) -> None:
    write_pages(a_class(), tmp_path, nearest=lambda result: BELIEF if result.score < 80 else None, similar_pairs=PAIRS)
    page = (tmp_path / "class-report.html").read_text(encoding="utf-8")
    for text in ("6 submissions, 5 graded", "Eve; Fay", "Bo &lt;b&gt;", "20 %", "87 %", "never a verdict"):
        assert text in page
    assert '<a href="#steps">6 Handle failures</a>, 60 % of its marks' in page
    assert "<strong>Minutes for seconds</strong>: 2 students" in page
    assert "It has a key [key] in …/main.py." in page
    for text in ("Bo <b>", "canary", "sk-test", "/home/prof"):
        assert text not in page
    assert sorted(path.name for path in (tmp_path / "feedback").iterdir()) == [
        f"{key}.{kind}" for key in "abcdef" for kind in ("html", "md")
    ]


@pytest.mark.parametrize("students", [0, 1, 30])
def test_any_size_of_class(students: int, tmp_path: Path) -> None:
    marks = (a_mark(a_result({6: message()}), f"s{number}") for number in range(students))
    write_pages(marks, tmp_path, nearest=lambda result: None)
    page = (tmp_path / "class-report.html").read_text(encoding="utf-8")
    assert f"{students} submission" in page
    assert page.count("<svg ") == (4 if students else 0)


def test_a_misconception_is_about_the_kits_own_tests(tmp_path: Path) -> None:
    own = failed("own::test_x", 0, 5, message())
    seen: list[Result] = []
    write_pages([a_mark(with_hidden(a_result({7: message()}, own)))], tmp_path, nearest=seen.append, show_hidden=True)
    assert len(seen) == 1
    assert all(test.id.startswith("test_step_") for result in seen for test in result.tests)
    seen.clear()
    write_pages([a_mark(a_result()), a_mark(not_graded("No."))], tmp_path, nearest=seen.append)
    assert seen == []  # nothing is wrong, or nothing is known


def test_the_same_class_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_pages(a_class(), tmp_path / name, nearest=lambda result: None, similar_pairs=PAIRS)
    first, second = ((tmp_path / name / "class-report.html").read_bytes() for name in ("one", "two"))
    assert first == second


def test_what_is_kept_of_a_student_is_a_row() -> None:
    results = [a_result({6: message("x" * 5000)}), a_result()]
    small, large = (len(pickle.dumps(vars(counted(results * times)))) for times in (15, 1500))
    assert (large - small) / 2970 < 800


def test_without_matplotlib_there_are_tables_and_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    page = class_report_html(counted([a_result({6: message()})]), None)
    assert page.count("<svg ") == page.count('<svg class="heat"') == 1  # which needs no package
    assert "Charts are off" in page
    assert "The steps as a table" in page


def test_pictures_have_words_and_the_pages_own_colours() -> None:
    page = class_report_html(counted([a_result({6: message()})]))
    assert 'aria-label="Bar chart of the share of marks that the class got. 1 The app starts: 100 %;' in page
    for text in ("#010203", "#040506", "#070809", "<metadata>", "http://purl", "Bitstream"):
        assert text not in page


def test_a_stop_midway_leaves_the_old_report(tmp_path: Path) -> None:
    (tmp_path / "class-report.html").write_text("old")

    def stopped() -> Iterator[Mark]:
        yield a_mark(a_result(), "a")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_pages(stopped(), tmp_path, nearest=lambda result: None)
    assert (tmp_path / "class-report.html").read_text() == "old"
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["a.html", "a.md", "class-report.html"]


def report(marks: Iterable[Mark], **given: Any) -> str:
    """The page about these marks, as `Findings` has the rest."""
    numbers = ClassNumbers(waiting=given.get("waiting", ()))
    for mark in marks:
        numbers.add(mark, given.get("cause"))
    return class_report_html(numbers, Findings(**{name: value for name, value in given.items() if name != "cause"}))


def cells(page: str, name: str) -> list[str]:
    """The texts of a student's row."""
    row = next(row for row in page.partition("<tbody>")[2].split("</tr>") if f">{name}<" in row)
    return [re.sub("<.*?>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]


def test_each_student_has_a_row_with_marks_steps_and_a_link() -> None:
    page = report(a_class())
    assert cells(page, "Ada") == ["Ada", "90 + 10", "5", "15", "20", "10", "20", "10", "10", "10", "", ""]
    assert cells(page, "Bo &lt;b&gt;")[6:8] == ["0", "10"]
    assert cells(page, "Bo &lt;b&gt;")[-2] == "72 late"
    assert cells(page, "Di")[1:] == [*[""] * 10, "not graded"]
    assert '<a href="feedback/c.html">Cy</a>' in page
    assert page.index('id="students"') < page.index('id="heat"') < page.index('id="marks"')


def test_the_heat_map_says_in_words_what_it_shows() -> None:
    assert "Handle failures: 60 % have all marks, 40 % none" in report(a_class())
    row = student_row(a_mark(a_result({6: message()})), None)
    assert [row.shade(step) for step in (5, 6, 7)] == [0, SHADES, 0]


def test_a_misconception_names_its_students() -> None:
    section = report([a_mark(a_result({8: message()}), "a", "Ada")], cause=BELIEF).partition('id="misconceptions"')[2]
    assert '<a href="feedback/a.html">Ada</a>' in section.partition("</section>")[0]


def test_untouched_starters_are_a_state_of_their_own() -> None:
    same = replace(a_mark(a_result({1: message()}), "u", "Uli"), untouched=True, identical_to=("v",))
    page = report([same, replace(same, entry=a_mark(a_result(), "v", "Vi").entry)], cause=BELIEF)
    assert "2 students handed in the starter as it was" in page
    assert cells(page, "Uli")[-1] == "as handed out"
    assert "None was recognised." in page
    assert "None in every file." in page


def test_a_run_that_was_stopped_says_so_and_counts_only_what_it_knows() -> None:
    page = report(a_class(), waiting={"b", "d"})
    assert "2 of 6 submissions have no result yet" in page
    assert "6 submissions, 4 graded" in page
    assert cells(page, "Di")[-1] == "no result yet"
    assert "It has a key" not in page


def test_the_same_program_beside_other_files_is_named() -> None:
    page = report(a_class(), same_files={"main.py": [["a", "c"]], "test_main.py": []})
    assert "<li>Ada; Cy</li>" in page.partition("The same main.py, beside other files")[2]


def test_similar_pairs_are_groups_with_both_programs_side_by_side(tmp_path: Path) -> None:
    pairs = [SimilarPair(("a", "b"), 0.9, 40), SimilarPair(("e", "f"), 0.8, 30), SimilarPair(("b", "c"), 0.7, 25)]
    files = {"a": b"x = f(1)\ny = g(2)\nz = [x, y]\n", "b": b"one = f(1)\n\ntwo = g(2)\nboth = [one, two]\nonly = 1\n"}
    write_pages(a_class(), tmp_path, pairs, nearest=lambda result: None,
                read_files=lambda key: {"main.py": files[key]} if key in files else {})  # fmt: skip
    page = (tmp_path / "class-report.html").read_text(encoding="utf-8").partition('id="similar"')[2]
    assert re.findall("<h3>(.*?)</h3>", page) == ["Ada; Bo &lt;b&gt;; Cy", "Eve; Fay"]
    assert page.count("Side by side") == 1
    both = (tmp_path / "similar" / "001.html").read_text(encoding="utf-8")
    marked = [re.sub("<.*?>", "", line) for line in re.findall("<mark>(.*?)</mark>", both)]
    assert [line.split(None, 2)[2] for line in marked] == [
        *("x = f(1)", "y = g(2)", "z = [x, y]"),
        *("one = f(1)", "two = g(2)", "both = [one, two]"),
    ]


def test_step_9_stands_apart_with_the_bugs_in_words() -> None:
    name, bug = programs().broken[0].name, programs().broken[0].bug
    own = failed(f"own_tests::catch_a_bug[{name}]", 9, 5, message())
    page = report([a_mark(a_result({6: message()}, own))])
    fewest, own_tests = page.partition('id="tests"')[2].split('id="own-tests"')
    assert f"A program that {bug}" in own_tests
    assert bug not in fewest
