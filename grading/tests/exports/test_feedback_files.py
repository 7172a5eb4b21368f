"""Feedback files by the importers' rules: each reaches its student, and no student sees another's."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from grading.exports.feedback_files import Place, _html, brightspace_place, canvas_place, moodle_place
from grading.maintain.importers import canvas_importer, moodle_importer
from grading.tests.classroom.class_command import grade_class, known
from grading.tests.classroom.downloads import fill
from grading.tests.classroom.known_grader import KnownGrader
from grading.tests.exports.test_class_exports import export
from grading.tests.marks import mark

__all__ = ["known"]  # a fixture

ONE, TWO = b"app = 1\n", b"app = 2\n"


def zipped(out: Path, lms: str, *, said: str = "") -> dict[str, bytes]:
    ended = export(out, "--feedback", lms)
    assert ended.exit_code == 0, ended.output
    assert said in " ".join(ended.output.split())
    with zipfile.ZipFile(out / f"feedback-{lms}.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("folder", ["_/", "/", "_"], ids=["3.x", "4.1 and later", "no folders"])
def test_moodle_finds_each_participant(folder: str, tmp_path: Path, known: list[KnownGrader]) -> None:
    marked = "assignsubmission_file"
    source = fill(
        tmp_path / "class",
        {
            f"Zoë Łoś_41_{marked}{folder}main.py": ONE,
            f"Bob Roe_42_{marked}{folder}main.py": TWO,
            f"Default group_{marked}{folder}main.py": b"app = 3\n",
        },
    )
    grade_class(source, "--out", tmp_path / "out")
    files = zipped(tmp_path / "out", "moodle", said="could be found: Default group")
    found = {moodle_importer(path): data.decode() for path, data in files.items()}
    assert set(found) == {("41", "feedback.html"), ("42", "feedback.html")}
    assert "Feedback for Zoë Łoś" in found["41", "feedback.html"]
    assert "Feedback for Bob Roe" in found["42", "feedback.html"]


def test_moodle_finds_whom_a_roster_gave_a_number() -> None:
    place = moodle_place(mark("A_B / C", 1, {"moodle_participant": "41"}).entry, ())
    assert place is not None
    assert moodle_importer(place.name) == ("41", "feedback.html")
    assert moodle_place(mark("Zoë", 1, {"moodle_participant": "x"}).entry, ()) is None
    from_canvas = mark("Zoë", 1, {"moodle_participant": "41"}).entry
    assert moodle_place(from_canvas, ("zoe_11_901_main.py",)) == Place(
        "Zoë_41_assignsubmission_file_/feedback.html", _html
    )
    assert moodle_place(from_canvas, ("Default group_assignsubmission_file",)) is None  # whose number 41 is, is unclear


def test_canvas_finds_each_user_and_a_file_of_theirs(tmp_path: Path, known: list[KnownGrader]) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("main.py", TWO)
    source = fill(
        tmp_path / "class",
        {
            "loszoe_LATE_11_901_main.py": ONE,
            "loszoe_LATE_11_902_notes.txt": b"Hello",
            "roebob_12_903_hw.zip": inner.getvalue(),
        },
    )
    grade_class(source, "--out", tmp_path / "out")
    files = zipped(tmp_path / "out", "canvas")
    assert {name: canvas_importer(name) for name in files} == {
        "loszoe_LATE_11_901_main.py": ["11", "901"],
        "roebob_12_903_hw.zip": ["12", "903"],
    }
    text = files["loszoe_LATE_11_901_main.py"].decode()
    assert text.startswith("# # Feedback for loszoe")
    compile(text, "main.py", "exec")  # what Canvas shows as main.py is Python
    with zipfile.ZipFile(io.BytesIO(files["roebob_12_903_hw.zip"])) as archive:
        assert b"Feedback for roebob" in archive.read("feedback.html")


def test_a_team_whose_name_canvas_would_take_for_a_user_gets_its_own_feedback() -> None:
    team = mark("team_7", 1, {"canvas_user": "50123"}).entry
    for name in ("team_7_50123_900001_main.py", "7_50123_900001_main.py", "LATE_team_7_50123_900001_main.py"):
        place = canvas_place(team, [name])
        assert place is not None
        assert canvas_importer(place.name) == ["50123", "900001"]
    assert canvas_place(team, ["team_7_50124_900001_main.py"]) is None
    assert canvas_place(team, ["team7_50123_900001_main.py"]) is not None
    assert canvas_place(team, ["team7_50123_900001_photo.png"]) is None


def test_brightspace_gets_its_folders_back() -> None:
    who = mark("Mary-Ann Smith", 1, {"brightspace_user": "397063"}).entry
    folder = "397063-2557369 - Mary-Ann Smith - Sep 24, 2024 926 PM"
    for name, path in ((folder, f"{folder}/feedback.html"), (f"{folder} - my - main.py", f"{folder} - feedback.html")):
        place = brightspace_place(who, [name])
        assert place is not None
        assert place.name == path
    assert brightspace_place(who, ["index.html"]) is None


def test_what_was_decided_about_one_member_does_not_go_to_the_team(tmp_path: Path, known: list[KnownGrader]) -> None:
    source = fill(tmp_path / "class", {"Team Alpha_31_assignsubmission_file_/main.py": ONE})
    (tmp_path / "roster.csv").write_text("name,email,group\nAnn,ann@x.edu,Team Alpha\nBob,bob@x.edu,Team Alpha\n")
    out = tmp_path / "out"
    grade_class(source, "--out", out, "--roster", tmp_path / "roster.csv")
    assert len(zipped(out, "moodle")) == 1
    key = json.loads((out / "summary.json").read_bytes())["marks"][0]["key"]
    (out / "decisions.csv").write_text(f"student,marks,comment\n{key},5,Did nothing\n")
    changed = export(out, "--feedback", "moodle")
    assert changed.exit_code == 2
    assert "decisions.csv has changed since grade class" in " ".join(changed.output.split())
    grade_class(source, "--out", out)
    assert zipped(out, "moodle", said="what was decided about one is not for the others") == {}


def test_a_table_for_mail_merge_and_comments(tmp_path: Path, known: list[KnownGrader]) -> None:
    source = fill(tmp_path / "class", {"alice/main.py": ONE, "=cmd/main.py": b"def f(:"})
    out = tmp_path / "out"
    grade_class(source, "--out", out)
    assert export(out, "--feedback", "mail").exit_code == 0
    text = (out / "feedback-mail.csv").read_text(encoding="utf-8-sig")
    assert text.splitlines()[0] == "key,name,email,comment,page"
    assert "Not done yet: step " in text
    assert "could not mark this upload" in text
    assert "'=cmd" in text
    assert str((out / "feedback" / "alice.html").resolve()) in text


def test_an_edited_result_is_not_exported(tmp_path: Path, known: list[KnownGrader]) -> None:
    source, out = fill(tmp_path / "class", {"alice/main.py": ONE}), tmp_path / "out"
    grade_class(source, "--out", out)
    file = out / "results" / "alice.json"
    file.write_text(json.dumps(json.loads(file.read_bytes()) | {"score": 95}))
    ended = export(out, "--each", "junit")
    assert ended.exit_code == 2
    assert "was changed by hand" in " ".join(ended.output.split())
