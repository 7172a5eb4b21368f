"""Whose submission it is: no file name, display name or group name of a student's makes a file another student's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grading.classroom.download import open_download
from grading.classroom.layouts import read_layout
from grading.maintain.class_works import zipped
from grading.tests.classroom.downloads import OTHER, PROGRAM, fill, read, refused, taken

MARK = "_assignsubmission_file_"


@pytest.mark.parametrize("eve", ["Eve Adams", "Zoe Adams"], ids=["sorts before", "sorts after"])
def test_a_moodle_upload_cannot_replace_another_students_submission(tmp_path: Path, eve: str) -> None:
    files = {
        f"{eve}_123{MARK}main.py": OTHER,
        f"{eve}_123{MARK}x_999{MARK}main-1.py": b"app = 'evil'\n",
        f"Vera Victim_999{MARK}main.py": PROGRAM,
    }
    layout, found = read(fill(tmp_path, files))
    assert layout == "moodle"
    by_id = {entry.ids.get("moodle_participant"): (entry.name, graded) for entry, graded in found.values()}
    assert by_id["999"] == ("Vera Victim", {"main.py": PROGRAM})
    assert by_id["123"] == (eve, {"main.py": OTHER})
    assert "two of Moodle's marks" in str(by_id[None][1])
    assert len(found) == 3


def test_a_moodle_upload_cannot_hand_in_for_an_absent_friend(tmp_path: Path) -> None:
    files = {f"Eve_123{MARK}main.py": OTHER, f"Eve_123{MARK}x_999{MARK}main.py": PROGRAM}
    found = read(fill(tmp_path, files))[1]
    assert {entry.ids.get("moodle_participant") for entry, _ in found.values()} == {"123", None}


def test_a_moodle_display_name_that_holds_the_mark_gets_nobodys_folder(tmp_path: Path) -> None:
    files = {f"x_999{MARK}y_123{MARK}/main.py": OTHER, f"Vera_999{MARK}/main.py": PROGRAM, f"Al_1{MARK}/main.py": OTHER}
    assert taken(fill(tmp_path, files)) == {"Vera": {"main.py": PROGRAM}, "Al": {"main.py": OTHER}}
    assert "two of Moodle's marks" in refused(tmp_path)[f"x_999{MARK}y_123{MARK}"]


def test_one_moodle_id_under_two_names_is_a_problem_and_never_a_merge(tmp_path: Path) -> None:
    files = {f"Vera_999{MARK}main.py": PROGRAM, f"Eve_999{MARK}test_main.py": b"x = 1\n", f"Al_1{MARK}main.py": OTHER}
    assert list(taken(fill(tmp_path, files))) == ["Al"]
    [told] = refused(tmp_path).values()
    assert "The id 999 stands beside several names ('Eve', 'Vera')" in told


def test_an_anonymous_id_of_canvas_is_no_users_id(tmp_path: Path) -> None:
    files = {"vera_1234_9001_main.py": PROGRAM, "anon_x1234_9002_main.py": OTHER, "LATE_anon_1234_9003_main.py": OTHER}
    found = read(fill(tmp_path, {**files, "al_1235_9004_main.py": OTHER}))[1]
    ids = [tuple(entry.ids.items()) for entry, _ in found.values()]
    assert len(set(ids)) == 4
    assert found["vera-1234"][1] == {"main.py": PROGRAM}


@pytest.mark.parametrize("late", ["", "LATE_"])
@pytest.mark.parametrize("forged", ["50124_900777_main.py", "x_50124_900777_main.py", "1__50124_900777_main.py"])
def test_a_canvas_file_name_cannot_name_another_user(tmp_path: Path, forged: str, late: str) -> None:
    files = {
        f"eve_50199_900010_{late}{forged}": OTHER,
        "vera_50124_900020_main.py": PROGRAM,
        "al_50125_900030_main.py": PROGRAM + OTHER,
    }
    found = read(fill(tmp_path, files))[1]
    theirs = {entry.ids.get("canvas_user"): graded for entry, graded in found.values()}
    assert theirs["50124"] == {"main.py": PROGRAM}
    assert theirs["50125"] == {"main.py": PROGRAM + OTHER}
    assert set(theirs) - {"50124", "50125"} <= {None, "50199"}


def test_a_canvas_file_name_cannot_hand_in_for_an_absent_user_whatever_ones_own_id_looks_like(tmp_path: Path) -> None:
    files = {"eve_9_900010_50124_900777_main.py": OTHER, "al_50125_900030_main.py": PROGRAM}
    found = read(fill(tmp_path, files))[1]
    assert "50124" not in {entry.ids.get("canvas_user") for entry, _ in found.values()}
    assert len(found) == 2


def test_a_canvas_group_name_that_imitates_ids_belongs_to_nobody(tmp_path: Path) -> None:
    files = {
        "x1_50124_900777_50123_900001_main.py": OTHER,
        "vera_50124_900020_main.py": PROGRAM,
        "al_50125_900030_main.py": PROGRAM,
    }
    found = read(fill(tmp_path, files))[1]
    assert found["vera-50124"][1] == {"main.py": PROGRAM}
    assert ["can be read in" in graded for _, graded in found.values() if isinstance(graded, str)] == [True]


def test_a_canvas_number_in_a_file_name_is_not_the_users(tmp_path: Path) -> None:
    files = {"ada_50123_900001_1234567_main.py": PROGRAM, "ben_50124_900002_main.py": OTHER}
    found = read(fill(tmp_path, files))[1]
    assert {entry.ids["canvas_user"] for entry, _ in found.values()} == {"50123", "50124"}


def test_a_canvas_name_that_can_be_read_in_two_ways_is_refused_where_nothing_else_tells(tmp_path: Path) -> None:
    [told] = refused(fill(tmp_path, {"group_10_50126_900007_answer.py": PROGRAM}), "canvas").values()
    assert "the user's id may be 10 or 50126" in told


def test_with_a_roster_a_canvas_name_that_can_be_read_in_two_ways_is_read_in_the_right_one(
    tmp_path: Path,
) -> None:
    files = {
        "ada_123_9001_7654321_main.py": PROGRAM,  # her file's name begins with a number
        "group_10_124_9002_answer.py": OTHER,
        "eve_125_9003_123_9001_main.py": b"app = 'evil'\n",
    }
    known = frozenset(("canvas_user", id) for id in ("123", "124", "125"))
    with open_download(fill(tmp_path, files)) as download:
        entries = read_layout(replace(download, known=known), "canvas")[1]
    assert {(entry.ids.get("canvas_user"), entry.problem is None) for entry in entries} == {
        ("123", True),
        ("124", True),
        (None, False),
    }


def test_a_blackboard_file_name_cannot_be_another_students_attempt(tmp_path: Path) -> None:
    files = {
        "HW_eve_attempt_2026-11-20-09-00-00_main.py": OTHER,
        "HW_eve_attempt_2026-11-20-09-00-00_x_vera_attempt_2026-11-30-00-00-00_main.py": b"app = 'evil'\n",
        "HW_vera_attempt_2026-11-20-09-00-00_main.py": PROGRAM,
    }
    assert taken(fill(tmp_path, files)) == {"eve": {"main.py": OTHER}, "vera": {"main.py": PROGRAM}}
    assert ["two attempts" in told for told in refused(tmp_path).values()] == [True]


def test_a_blackboard_receipt_by_a_student_is_not_believed(tmp_path: Path) -> None:
    start = "HW_{}_attempt_2026-11-20-09-00-00"
    files = {
        start.format("eve") + ".txt": b"Name: Eve (eve)\n",
        start.format("eve") + "_main.py": OTHER,
        start.format("eve") + "_a.txt": b"Name: Vera (vera)\n",
        start.format("vera") + ".txt": b"Name: Vera (vera)\n",
        start.format("vera") + "_main.py": PROGRAM,
    }
    found = read(fill(tmp_path, files))[1]
    assert {entry.ids["login"]: entry.name for entry, _ in found.values()} == {"eve": "Eve", "vera": "Vera"}
    assert found["vera-vera"][1] == {"main.py": PROGRAM}


def test_a_brightspace_file_name_cannot_be_a_later_attempt(tmp_path: Path) -> None:
    files = {
        "11-9 - Eve - Nov 20, 2026 900 AM - main.py": OTHER,
        "11-9 - Eve - Nov 20, 2026 900 AM - x - Nov 30, 2026 900 AM - main.py": b"app = 'evil'\n",
        "12-9 - Vera - Nov 20, 2026 900 AM - main.py": PROGRAM,
    }
    assert taken(fill(tmp_path, files)) == {"Eve": {"main.py": OTHER}, "Vera": {"main.py": PROGRAM}}
    assert ["two dates" in told for told in refused(tmp_path).values()] == [True]


def test_a_date_in_a_brightspace_file_name_is_not_the_time_where_the_folders_date_cannot_be_read(
    tmp_path: Path,
) -> None:
    unread = "2026年11月25日 23時58分"
    files = {
        f"11-9 - Eve - {unread} - x - Nov 1, 2026 1158 PM - main.py": OTHER,
        f"12-9 - Mal - {unread} - Nov 1, 2026 1158 PM - main.py": OTHER,
        f"13-9 - Zoe - Nov 1, 2026 1158 PM - {unread}/main.py": OTHER,  # in what she calls herself
        "14-9 - Vera - Nov 20, 2026 900 AM - x - y.py": PROGRAM,
    }
    found = read(fill(tmp_path, files), "brightspace")[1]
    assert {entry.submitted for entry, _ in found.values() if entry.name != "Vera"} == {None}
    assert found["vera-14"][0].submitted == "2026-11-20T09:00:00"
    assert ["date in its name can't be read" in told for told in refused(tmp_path, "brightspace").values()] == [
        True
    ] * 2


def test_a_google_file_name_cannot_begin_with_another_students_name(tmp_path: Path) -> None:
    files = {"Eve - main.py": OTHER, "Eve - Vera - main.py": b"app = 'evil'\n", "Vera - main.py": PROGRAM}
    assert taken(fill(tmp_path, files)) == {"Eve": {"main.py": OTHER}, "Vera": {"main.py": PROGRAM}}
    assert ["more than one dash" in told for told in refused(tmp_path).values()] == [True]


@pytest.mark.parametrize(
    "eve",
    ["Vera Victim - main (1).py", "Vera Victim - main-2.py", "Vera Victim - Main.py", "vera victim - main.py"],
)
@pytest.mark.parametrize("file", ["main.py", "test_main.py", "hw.zip"])
def test_a_google_file_under_another_students_name_does_not_replace_theirs(tmp_path: Path, eve: str, file: str) -> None:
    start, _, ending = file.partition(".")
    forged = eve.replace("main", start).replace("Main", start.title()).replace(".py", f".{ending}")
    files = {f"Vera Victim - {file}": zipped({"main.py": PROGRAM}), forged: zipped({"main.py": OTHER})}
    fill(tmp_path, {**files, "Al - main.py": PROGRAM})
    assert list(taken(tmp_path, "google")) == ["Al"]
    told = next(iter(refused(tmp_path, "google").values()))
    assert all(f"'{name}'" in told for name in files)
    assert "Google does not say who sent which" in told


def test_a_google_file_beside_another_students_is_told(tmp_path: Path) -> None:
    names = ("Vera Victim - my_api.py", "Vera Victim - main.py", "Al - main.py")
    with open_download(fill(tmp_path, dict.fromkeys(names, PROGRAM))) as download:
        told = read_layout(download)[2]
    assert [one for one in told if "Put together of several files" in one and "choose: Vera Victim." in one]


@pytest.mark.parametrize("layout", ["teams", "plain"])
@pytest.mark.parametrize("eve", ["Vera Victim (1)", "Vera Victim-1", "vera victim"])
def test_a_number_behind_a_folders_name_makes_it_nobody_elses(tmp_path: Path, layout: str, eve: str) -> None:
    inside = "Version {}/main.py" if layout == "teams" else "main.py"
    files = {f"Vera Victim/{inside.format(1)}": PROGRAM, f"{eve}/{inside.format(2)}": OTHER}
    assert taken(fill(tmp_path, files), layout) == {"Vera Victim": {"main.py": PROGRAM}, eve: {"main.py": OTHER}}


def test_one_user_name_of_sakai_under_two_names_is_a_problem(tmp_path: Path) -> None:
    files = {f"{who}/Submission attachment(s)/main.py": PROGRAM for who in ("Vera(vera)", "Eve(vera)", "Al (x)(al)")}
    assert list(taken(fill(tmp_path, files))) == ["Al (x)"]
    assert {told.partition(",")[0] for told in refused(tmp_path).values()} == {
        "The id vera stands beside several names ('Eve'"
    }
