"""What people decide counts last, stays after a new grading, and is told to the student; nothing else changes marks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from grading.classroom.decision import Decision
from grading.classroom.decisions_file import COLUMNS, read_decisions
from grading.classroom.entry import ClassError, Entry, Lateness, Mark
from grading.classroom.final import final
from grading.results.result import Result, not_graded
from grading.results.steps import step
from grading.tests.classroom.class_command import a_class, grade_class, known
from grading.tests.classroom.known_grader import KnownGrader
from grading.tests.marks import a_result

__all__ = ["known"]  # a fixture

ZOE = Entry("zoe-11", "Zoë Łoś", Path("zoe"), {"canvas_user": "11"})
FULL = a_result()
NO_STEP_6 = a_result({6: "no"})


def counts(
    *decisions: Decision, result: Result = NO_STEP_6, late: Lateness | None = None
) -> tuple[float, float] | None:
    counted = final(Mark(ZOE, result, late, decisions=decisions))
    return (counted.marks, counted.bonus) if counted else None


def test_what_counts() -> None:
    marks, bonus = NO_STEP_6.score, NO_STEP_6.bonus
    step_6 = FULL.score - NO_STEP_6.score
    assert counts() == (marks, bonus)
    assert counts(Decision(6, marks=3)) == (marks + 3, bonus)
    assert counts(Decision(6, change=2), Decision(6, change=1)) == (marks + 3, bonus)
    assert counts(Decision(6, change=step_6 + 50)) == (FULL.score, bonus)  # no step has more than its marks
    assert counts(Decision(10, marks=0)) == (marks, 0)
    assert counts(Decision(None, marks=42)) == (42, 0)
    assert counts(Decision(None, marks=42), Decision(6, marks=3)) == (45, 0)
    assert counts(Decision(None, marks=NO_STEP_6.max_score + 4)) == (NO_STEP_6.max_score, 4)
    assert counts(Decision(None, change=-1000)) == (0, bonus)
    assert counts(Decision(None, comment="Well done.")) == (marks, bonus)


def test_a_decision_comes_after_the_late_policy() -> None:
    raw = NO_STEP_6.score + NO_STEP_6.bonus
    late = Lateness(1, 50, raw / 2)
    assert counts(late=late) == (NO_STEP_6.score / 2, NO_STEP_6.bonus / 2)
    assert counts(Decision(6, change=2), late=late) == (NO_STEP_6.score / 2 + 2, NO_STEP_6.bonus / 2)
    assert counts(Decision(None, marks=70), late=late) == (70, 0)
    left_to_the_lms = final(Mark(ZOE, NO_STEP_6, late), late=False)
    assert left_to_the_lms is not None
    assert left_to_the_lms.total == raw


def test_what_was_not_graded_has_no_marks_until_somebody_decides() -> None:
    lost = not_graded("No main.py.")
    assert counts(result=lost) is None
    assert counts(Decision(None, comment="Please come and see me."), result=lost) is None
    assert counts(Decision(None, marks=50), result=lost) == (50, 0)
    assert counts(Decision(1, marks=5), Decision(2, marks=4), result=lost) == (9, 0)


def lines(folder: Path, *rows: str, titles: str = ",".join(COLUMNS), encoding: str = "utf-8") -> Path:
    (folder / "decisions.csv").write_text("\n".join([titles, *rows]) + "\n", encoding=encoding)
    return folder


@pytest.mark.parametrize("who", ["zoe-11", "Zoë Łoś", "11"])
@pytest.mark.parametrize(
    ("row", "decision"),
    [
        (',6,12,,"Late, but good",Ada,2026-12-01', Decision(6, 12, None, "Late, but good", "Ada", "2026-12-01")),
        (",total,85.5,,,,", Decision(None, 85.5)),
        (",,,5,,,", Decision(None, None, 5)),
        (",step 6,,-2,,,", Decision(6, None, -2)),
        (",6,+2,,,,", Decision(6, None, 2)),
        (",6,−2,,,,", Decision(6, None, -2)),
        (",,'-3,,,,", Decision(None, None, -3)),
        (",,,,Well done,,", Decision(None, comment="Well done")),
    ],
)
def test_a_line_is_read(who: str, row: str, decision: Decision, tmp_path: Path) -> None:
    assert read_decisions(lines(tmp_path, who + row), [ZOE]).by_key == {"zoe-11": (decision,)}


def test_a_spreadsheets_semicolons_decimal_commas_and_byte_order_mark(tmp_path: Path) -> None:
    lines(tmp_path, "11;12,5;;Ada", titles="student;marks;comment;who", encoding="utf-8-sig")
    assert read_decisions(tmp_path, [ZOE]).by_key == {"zoe-11": (Decision(None, 12.5, who="Ada"),)}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("11,11,5,,,,", "there is no step '11'"),
        ("11,6,500,,,,", f"step 6 has {step(6).marks} marks"),
        ("11,,850,,,,", "this is a slip"),
        ("11,,ten,,,,", "'ten' is no number"),
        ("11,,nan,,,,", "'nan' is no number"),
        ("11,,5,5,,,", "fill in one of them"),
        ("11,6,,,,,", "neither marks nor change nor comment"),
        ("11,6,5,,a,b,c,d", "needs quotes"),
    ],
)
def test_a_line_that_is_unclear_is_refused_with_its_number(row: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(ClassError, match=r"decisions\.csv, line 2: ") as problem:
        read_decisions(lines(tmp_path, row), [ZOE])
    assert why in str(problem.value)


def test_a_table_with_other_titles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClassError, match="should have the titles"):
        read_decisions(lines(tmp_path, titles="key,score"), [ZOE])


def test_nobody_and_two_of_a_name_are_told_and_get_nothing(tmp_path: Path) -> None:
    twin = replace(ZOE, key="zoe-12", ids={"canvas_user": "12"})
    decisions = read_decisions(lines(tmp_path, "Zoë Łoś,,5,,,,", "Max,,5,,,,", "12,,6,,,,"), [ZOE, twin])
    assert decisions.by_key == {"zoe-12": (Decision(None, 6),)}
    assert "2 submissions are called so: 'Zoë Łoś'" in decisions.told[0]
    assert "no submission is called so: 'Max'" in decisions.told[1]


def test_a_class_with_decisions(tmp_path: Path, known: list[KnownGrader]) -> None:
    source, out = a_class(tmp_path / "class", {"alice": b"app = 1\n", "broken": b"def f(:"}), tmp_path / "out"
    told = grade_class(source, "--out", out)
    assert "Their marks stay empty until you decide on them in decisions.csv" in told
    before = (out / "results" / "alice.json").read_bytes()
    titles = (out / "decisions.csv").read_text(encoding="utf-8-sig")
    lines(out, "alice,1,3,,Explained at the board,Ada,1 December", "broken,,40,,It runs with one colon more,Ada,")
    told = grade_class(source, "--out", out)
    assert "Decisions changed for 2" in told
    assert "2 have decisions in decisions.csv" in told
    assert (out / "results" / "alice.json").read_bytes() == before
    rows = {row["name"]: row for row in json.loads((out / "summary.json").read_bytes())["marks"]}
    assert rows["broken"]["counts"] == 40
    assert rows["broken"]["score"] is None
    page = next((out / "feedback").glob("broken*.html"))
    text = page.read_text(encoding="utf-8")
    assert '<p class="big">40 of 100 marks' in text
    assert "The total is now 40 (Ada): It runs with one colon more" in text
    report = (out / "class-report.html").read_text(encoding="utf-8")
    assert '40 <span class="soft">decided</span>' in report
    alice = (out / "feedback" / "alice.md").read_text(encoding="utf-8")
    assert "is now 3 (Ada, 1 December): Explained at the board" in alice
    changes = (out / "changes.txt").read_text(encoding="utf-8")
    assert "broken" in changes
    assert "by people's decision, what counts is 40 of 100 marks" in changes
    again = grade_class(source, "--out", out, "--regrade", "all")
    assert "Decisions changed" not in again
    assert json.loads((out / "summary.json").read_bytes())["marks"] == list(rows.values())
    (out / "decisions.csv").write_text(titles)
    assert "Decisions changed for 2" in grade_class(source, "--out", out)
    assert "no longer: The total is now 40" in (out / "changes.txt").read_text(encoding="utf-8")


def test_a_result_changed_by_hand_is_refused_and_regraded_on_request(tmp_path: Path, known: list[KnownGrader]) -> None:
    source, out = a_class(tmp_path / "class", {"alice": b"app = 1\n", "bobby": b"app = 2\n"}), tmp_path / "out"
    grade_class(source, "--out", out)
    file = out / "results" / "alice.json"
    original = file.read_bytes()
    fields = json.loads(original)
    file.write_text(json.dumps(fields))  # another layout of the same
    assert "To grade: 0." in grade_class(source, "--out", out)
    file.write_text(json.dumps(fields | {"score": 95}))
    told = grade_class(source, "--out", out, code=2)
    assert "results/alice.json was changed by hand" in told
    assert "decisions.csv" in told
    assert "To grade: 1." in grade_class(source, "--out", out, "--regrade", "alice")
    assert file.read_bytes() == original
    assert "alice (alice): 95 of 90" in (out / "changes.txt").read_text(encoding="utf-8")


def test_class_toml_remembers_so_that_the_short_line_goes_on(tmp_path: Path, known: list[KnownGrader]) -> None:
    source, out = a_class(tmp_path / "class", {"alice": b"app = 1\n"}), tmp_path / "out"
    (tmp_path / "times.csv").write_text("alice,2026-11-22T10:00+01:00\n")
    (tmp_path / "more.csv").write_text("student,due\nalice,2026-11-21T23:59+01:00\n")
    policy = ("--due", "2026-11-20T23:59+01:00", "--late-percent", "10", "--times", tmp_path / "times.csv")
    grade_class(source, "--out", out, *policy)
    [row] = json.loads((out / "summary.json").read_bytes())["marks"]
    assert (row["days_late"], row["late_percent"]) == (2, 20)
    told = grade_class(source, "--out", out, "--extensions", tmp_path / "more.csv")
    assert "As class.toml in" in told
    assert "--due, --late-percent, --times" in told
    [row] = json.loads((out / "summary.json").read_bytes())["marks"]
    assert (row["days_late"], row["late_percent"], row["extended_to"]) == (1, 10, "2026-11-21T23:59:00+01:00")
    grade_class(source, "--out", out, "--late-percent", "20")
    assert json.loads((out / "summary.json").read_bytes())["marks"][0]["late_percent"] == 20
    (tmp_path / "times.csv").unlink()
    assert "Give --times with its new place" in grade_class(source, "--out", out, code=2)


@pytest.mark.parametrize("text", ["due = 3", "late_percent = true", "surprise = 1", "due = ", "grace = '\\"])
def test_a_class_toml_that_is_wrong_is_said(text: str, tmp_path: Path, known: list[KnownGrader]) -> None:
    source, out = a_class(tmp_path / "class", {"alice": b"app = 1\n"}), tmp_path / "out"
    out.mkdir()
    (out / "class.toml").write_text(text)
    assert "class.toml" in grade_class(source, "--out", out, code=2)


def test_extensions_need_a_due_date(tmp_path: Path, known: list[KnownGrader]) -> None:
    source = a_class(tmp_path / "class", {"alice": b"app = 1\n"})
    (tmp_path / "more.csv").write_text("alice,2026-11-21T23:59+01:00\n")
    assert "say --due" in grade_class(source, "--out", tmp_path / "out", "--extensions", tmp_path / "more.csv", code=2)
