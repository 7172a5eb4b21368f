"""The late policy: what is taken off stands beside the raw mark, and nobody is late by a guess."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from grading.classroom.entry import ClassError, Entry, Lateness
from grading.classroom.late import LatePolicy, parse_grace, parse_time, with_times
from grading.results.result import not_graded

RESULT = replace(not_graded(""), graded=True, score=70, bonus=10)
POLICY = LatePolicy(parse_time("2026-11-20T23:59+01:00"), timedelta(minutes=15), 10, 50)


def entry(submitted: str | None = None, late: bool | None = None, key: str = "anna-1") -> Entry:
    return Entry(key, "Anna", Path("anna"), {"canvas_user": "101"}, submitted, late)


@pytest.mark.parametrize(
    ("submitted", "lateness"),
    [
        ("2026-11-20T12:00:00+01:00", (0, 0, 80)),
        ("2026-11-20T23:14:00Z", (0, 0, 80)),  # 00:14 there: the last minute of grace
        ("2026-11-20T23:14:00.000001+00:00", (1, 10, 72)),
        ("2026-11-22T00:14:00+01:00", (1, 10, 72)),
        ("2026-11-22T00:14:01+01:00", (2, 20, 64)),
        ("2026-12-24T00:00:00+01:00", (33, 50, 40)),
        ("2026-11-21T00:14:00", (0, 0, 80)),  # an LMS that writes no zone: the due date's
        ("2026-11-22T00:14:01", (2, 20, 64)),
    ],
)
def test_each_day_begun_after_the_grace_time_counts(submitted: str, lateness: tuple[int, float, float]) -> None:
    assert POLICY.lateness(entry(submitted), RESULT) == Lateness(*lateness)


def test_the_lms_flag_counts_only_where_there_is_no_time() -> None:
    assert POLICY.lateness(entry(late=False), RESULT) == Lateness(0, 0, 80)
    assert POLICY.lateness(entry(late=True), RESULT) == Lateness(1, 10, 72)
    assert POLICY.lateness(entry("2026-11-20T12:00:00+01:00", late=True), RESULT) == Lateness(0, 0, 80)
    assert POLICY.lateness(entry(), RESULT) is None


def test_half_marks_do_not_become_long_numbers() -> None:
    policy = replace(POLICY, percent=33.3)
    lateness = policy.lateness(entry(late=True), replace(RESULT, score=66.5, bonus=0))
    assert lateness == Lateness(1, 33.3, 44.36)


@pytest.mark.parametrize(("text", "minutes"), [("90s", 1.5), ("15m", 15), ("2h", 120), ("1d", 1440)])
def test_grace(text: str, minutes: float) -> None:
    assert parse_grace(text) == timedelta(minutes=minutes)


def test_times_of_a_file_win_over_the_downloads(tmp_path: Path) -> None:
    entries = [entry("2026-11-01T00:00:00+00:00"), replace(entry(key="bob-2"), ids={}, name="Bob")]
    file = tmp_path / "times.csv"
    file.write_text(
        "\ufeffid,time\n101,2026-11-21T00:20:00+01:00\nBOB-2,2026-11-20T10:00Z\n\nnobody,2026-11-20T10:00Z\n",
        encoding="utf-8",
    )
    found, told = with_times(entries, file)
    assert [each.submitted for each in found] == ["2026-11-21T00:20:00+01:00", "2026-11-20T10:00:00+00:00"]
    assert told == ["times.csv, line 5, is left out: no submission is called so: 'nobody'."]


def test_a_name_that_two_have_gives_neither_a_time(tmp_path: Path) -> None:
    entries = [entry(), replace(entry(key="anna-2"), ids={})]
    (tmp_path / "times.csv").write_text("Anna,2026-11-20T10:00Z\n")
    found, told = with_times(entries, tmp_path / "times.csv")
    assert [each.submitted for each in found] == [None, None]
    assert "2 submissions are called so" in told[0]


@pytest.mark.parametrize("time", ["2026-11-20 10:00", "20.11.2026"])
def test_a_time_that_can_be_two_things_is_refused(tmp_path: Path, time: str) -> None:
    (tmp_path / "times.csv").write_text(f"101,2026-11-20T10:00Z\n101,{time}\n")
    with pytest.raises(ClassError, match=r"times\.csv, line 2: .* Write it like"):
        with_times([entry()], tmp_path / "times.csv")


def test_a_file_that_is_no_csv_ends_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "times.csv").write_bytes(b"a" * 200_000 + b",1\n")
    with pytest.raises(ClassError, match=r"times\.csv is not a CSV file"):
        with_times([entry()], tmp_path / "times.csv")


def test_names_in_another_encoding_are_nobodys(tmp_path: Path) -> None:
    (tmp_path / "times.csv").write_bytes("Zoë,2026-11-20T10:00Z\n101,2026-11-20T10:00Z\n".encode("cp1252"))
    found, told = with_times([entry()], tmp_path / "times.csv")
    assert [each.submitted for each in found] == ["2026-11-20T10:00:00+00:00"]
    assert len(told) == 1


@pytest.mark.parametrize(
    "text", ["101;2026-11-20T10:00Z\n", "101, 2026-11-20T10:00Z\n", "who\twhen\n101\t2026-11-20T10:00Z"]
)
def test_times_are_found_whatever_separates_them(tmp_path: Path, text: str) -> None:
    (tmp_path / "times.csv").write_text(text)
    found, told = with_times([entry()], tmp_path / "times.csv")
    assert ([each.submitted for each in found], told) == (["2026-11-20T10:00:00+00:00"], [])


def test_a_line_without_a_time_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "times.csv").write_text("id,time\n101\n")
    with pytest.raises(ClassError, match=r"times\.csv, line 2: '' is no time"):
        with_times([entry()], tmp_path / "times.csv")
