"""Downloads of systems beside Canvas, Moodle, Gradescope and GitHub: one latest submission a student, ids and times."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grading.classroom.download import open_download
from grading.classroom.entry import ClassError
from grading.classroom.layouts import read_layout
from grading.classroom.layouts.local_time import written_date
from grading.maintain.class_works import zipped
from grading.tests.classroom.clones import clone, needs_git
from grading.tests.classroom.downloads import OTHER, PROGRAM, TESTS, fill, read, refused, taken
from grading.tests.intake.handed_in import posix

BOTH = {"main.py": PROGRAM, "test_main.py": TESTS}


def attempt(user: str, time: str, files: dict[str, bytes]) -> dict[str, bytes]:
    start = f"Build a POST endpoint_{user}_attempt_{time}"
    receipt = f"Name: Student {user} ({user})\nAssignment: Build a POST endpoint\n".encode()
    return {f"{start}.txt": receipt, **{f"{start}_{name}": content for name, content in files.items()}}


def test_blackboard(downloaded) -> None:  # type: ignore[no-untyped-def]
    files = {
        **attempt("s1001", "2026-11-19-22-10-41", {"main.py": OTHER, "test_main.py": TESTS}),
        **attempt("s1001", "2026-11-20-09-00-00", BOTH),
        **attempt("ada_l", "2026-11-20-23-58-02", {"hw.zip": zipped({"hw/main.py": OTHER})}),
    }
    layout, found = read(downloaded(files))
    assert layout == "blackboard"
    assert {entry.ids["login"]: (entry.name, entry.submitted, graded) for entry, graded in found.values()} == {
        "s1001": ("Student s1001", "2026-11-20T09:00:00", BOTH),
        "ada_l": ("Student ada_l", "2026-11-20T23:58:02", {"main.py": OTHER}),
    }
    [(s1001, _)] = [each for each in found.values() if each[0].ids["login"] == "s1001"]
    assert s1001.left_out == ("an earlier attempt of 2026-11-19T22:10:41",)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Name: Ada Example (ada_l)", "Ada Example"),
        ("名前：能勢 (ada_l)\r", "能勢"),
        ("Name: Ada (Addy) Example (ada_l)", "Ada (Addy) Example"),
        ("Name: (ada_l)", "ada_l"),
        ("Name: Vera (vera)", "l"),  # not the one in the file's name
        ("Name: " + " " * 3_900 + "x", "l"),
        ("(", "l"),
    ],
)
def test_a_blackboard_receipt(tmp_path: Path, line: str, name: str) -> None:
    start = "HW_ada_l_attempt_2026-11-20-09-00-00"
    fill(tmp_path, {f"{start}.txt": f"{line}\nVera (vera)\n".encode(), f"{start}_main.py": PROGRAM})
    assert list(taken(tmp_path)) == [name]


def test_a_latest_blackboard_attempt_without_a_file_is_not_graded_by_an_earlier_one(tmp_path: Path) -> None:
    files = {**attempt("ada", "2026-11-19-22-10-41", BOTH), **attempt("ada", "2026-11-20-09-00-00", {})}
    fill(tmp_path, {**files, **attempt("ben", "2026-11-20-09-00-00", BOTH)})
    assert taken(tmp_path) == {"Student ben": BOTH}
    assert "there is no file to grade" in refused(tmp_path)["Student ada"]


def test_blackboard_without_receipts_takes_what_all_names_share_for_the_title(tmp_path: Path) -> None:
    names = [f"HW_1_{user}_attempt_2026-11-20-09-00-00_main.py" for user in ("ada_l", "ben_l", "cy")]
    found = read(fill(tmp_path, dict.fromkeys(names, PROGRAM)))[1]
    assert sorted(entry.name for entry, _ in found.values()) == ["ada_l", "ben_l", "cy"]
    assert {kind for entry, _ in found.values() for kind in entry.ids} == {"blackboard_name"}


def test_blackboard_files_of_two_assignments_are_refused(tmp_path: Path) -> None:
    files = attempt("ada", "2026-11-20-09-00-00", BOTH)
    fill(tmp_path, {**files, **{name.replace("Build", "Break"): data for name, data in files.items()}})
    with pytest.raises(ClassError, match=r"several assignments: 'Break a POST endpoint', 'Build a POST endpoint'"):
        read(tmp_path)


@pytest.mark.parametrize("between", ["/", " - "], ids=["folders", "files"])
def test_brightspace(downloaded, between: str) -> None:  # type: ignore[no-untyped-def]
    tries = {
        "118811-204455 - Ada Example - Nov 19, 2026 1010 PM": OTHER,
        "118811-204455 - Ada Example - Nov 20, 2026 1158 PM": PROGRAM,
        "118812-204455 - Ben Example - Nov 20, 2026 926 AM": OTHER,
    }
    files = {f"{name}{between}{file}": data for name, data in tries.items() for file in ("main.py", "test_main.py")}
    layout, found = read(downloaded({**files, "index.html": b"<html>"}))
    assert layout == "brightspace"
    assert {entry.ids["brightspace_user"]: (entry.name, entry.submitted) for entry, _ in found.values()} == {
        "118811": ("Ada Example", "2026-11-20T23:58:00"),
        "118812": ("Ben Example", "2026-11-20T09:26:00"),
    }
    assert found["ada-example-118811"][1] == {"main.py": PROGRAM, "test_main.py": PROGRAM}


def test_brightspace_attempts_whose_dates_cannot_be_read_are_refused(tmp_path: Path) -> None:
    names = [
        "11-9 - Ada - 20. Nov. 2026 2358",
        "11-9 - Ada - 19. Mär. 2026 2358",
        "12-9 - Ben - 2026年11月20日 23時58分",
    ]
    fill(tmp_path, {f"{name}/main.py": PROGRAM for name in names})
    assert taken(tmp_path) == {"Ben": {"main.py": PROGRAM}}
    assert "the latest is unknown" in refused(tmp_path)["Ada"]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("Nov 20, 2026 1158 PM", "2026-11-20T23:58:00"),
        ("Sep 4, 2024 1205 AM", "2024-09-04T00:05:00"),
        ("26 January, 2015 837 PM", "2015-01-26T20:37:00"),
        ("20 November 2026 2358", "2026-11-20T23:58:00"),
        ("31 Feb, 2026 100 PM", None),
        ("20. März 2026 2358", None),
    ],
)
def test_dates_in_names(text: str, time: str | None) -> None:
    assert written_date(text) == time


@pytest.mark.parametrize("work", ["Endpoint/", ""])
def test_teams_takes_the_latest_version(downloaded, work: str) -> None:  # type: ignore[no-untyped-def]
    files = {f"Ada Example/{work}Version {n}/main.py": b"app = %d\n" % n for n in (1, 2, 10)}
    layout, found = read(downloaded({**files, f"Ben Example/{work}Version 1/main.py": OTHER}))
    assert layout == "teams"
    assert {entry.name: graded for entry, graded in found.values()} == {
        "Ada Example": {"main.py": b"app = 10\n"},
        "Ben Example": {"main.py": OTHER},
    }
    assert found[next(key for key in found if key.startswith("ada"))][0].left_out == (
        "an earlier version, 'Version 2'",
        "an earlier version, 'Version 1'",
    )


def test_teams_with_two_assignments_asks_which(tmp_path: Path) -> None:
    files = {
        "Ada/One/Version 1/main.py": PROGRAM,
        "Ada/Two/Version 1/main.py": OTHER,
        "Ben/One/Version 1/main.py": OTHER,
    }
    assert list(taken(fill(tmp_path, files))) == ["Ben"]
    assert "several assignments: 'One', 'Two'" in refused(tmp_path)["Ada"]


def test_the_whole_library_of_teams_is_refused(tmp_path: Path) -> None:
    files = {f"{folder}/Ada/One/Version 1/main.py": PROGRAM for folder in ("Submitted files", "Working files")}
    with pytest.raises(ClassError, match="Name the folder 'Submitted files'"):
        read(fill(tmp_path, files))


def test_google_classroom(downloaded) -> None:  # type: ignore[no-untyped-def]
    files = {
        "Ada Example - main (1).py": PROGRAM,
        "Ada Example - settings.py": b"a = 1\n",
        "Ben Example - my_api.py": OTHER,
        "Ben Example - test_main.py": TESTS,
    }
    layout, found = read(downloaded(files))
    assert layout == "google"
    assert {entry.name: graded for entry, graded in found.values()} == {
        "Ada Example": {"main.py": PROGRAM, "settings.py": b"a = 1\n"},
        "Ben Example": {"main.py": OTHER, "test_main.py": TESTS},
    }


@pytest.mark.parametrize("folder", ["Submission attachment(s)", "提出物の添付ファイル"])
def test_sakai(downloaded, folder: str) -> None:  # type: ignore[no-untyped-def]
    files = {
        f"Example, Ada(ada1)/{folder}/main.py": PROGRAM,
        "Example, Ada(ada1)/Feedback Attachment(s)/main.py": OTHER,
        "Example, Ada(ada1)/timestamp.txt": b"20261120225959123",
        "Example, Ben(ben2)/timestamp.txt": b"20261120225959123",
        "Example, Ben(ben2)/Example, Ben(ben2)_submissionText.html": b"<p>app = 1</p>",
        "grades.csv": b"Display ID,ID\n",
    }
    layout, found = read(downloaded(files))
    assert layout == "sakai"
    ada, ben = found["example-ada-ada1"], found["example-ben-ben2"]
    assert (ada[0].ids, ada[0].submitted, ada[1]) == ({"login": "ada1"}, "2026-11-20T22:59:59", {"main.py": PROGRAM})
    assert "there is no file to grade" in str(ben[1])
    assert len(found) == 2


SCORES = b"""username,first_name,last_name,email,section,score,max_score,datetime,submission_tag
ada,Ada,Example,ada@example.org,B,1,2,2026,submit/1
ada,Ada,Example,ada@example.org,B,0,2,2026,submit/0
ben,Ben,Example,ben@example.org,,,,,
"""


@needs_git
def test_classroom_50_clones(tmp_path: Path) -> None:
    place = tmp_path / "web-endpoint_submissions_2026_11_20_T_10_00_00"
    for user in ("ada", "ben", "group-2"):
        clone(place / f"web-endpoint-{user}", {"main.py": PROGRAM, "data/result.json": b"{}"})
        fill(place / f"web-endpoint-{user}", {"result.json": user.encode(), "results.json": b"[]"})
    fill(place, {"scores.csv": SCORES})
    layout, found = read(tmp_path)
    assert layout == "classroom50"
    everybody = {entry.name: (entry.ids, entry.section, graded) for entry, graded in found.values()}
    files = {"main.py": PROGRAM, "data/result.json": b"{}"}
    assert everybody == {
        "Ada Example": ({"github_user": "ada", "email": "ada@example.org"}, "B", files),
        "Ben Example": ({"github_user": "ben", "email": "ben@example.org"}, "", files),
        "group-2": ({"classroom50_group": "group-2"}, "", files),
    }


@pytest.mark.parametrize("kind", ["zip", "folder"])
def test_classroom_50_zips_of_the_web(tmp_path: Path, kind: str) -> None:
    zips = {f"{user}.zip": zipped({f"org-web-endpoint-{user}-0a1b2c3/main.py": PROGRAM}) for user in ("ada", "ben")}
    zips["eve.zip"] = zipped({"org-web-endpoint-vera-0a1b2c3/main.py": OTHER})
    source = tmp_path / "web-endpoint-submissions.zip"
    source.write_bytes(zipped(zips))
    if kind == "folder":
        source.unlink()
        fill(source.with_suffix(""), zips)
        source = source.with_suffix("")
    layout, found = read(source)
    assert layout == "classroom50"
    assert {entry.ids.get("github_user"): graded for entry, graded in found.values() if entry.ids} == {
        "ada": {"main.py": PROGRAM},
        "ben": {"main.py": PROGRAM},
    }
    assert "does not fit" in str(found[next(key for key in found if key.startswith("eve"))][1])


def test_moodle_teams_and_the_default_group(tmp_path: Path) -> None:
    files = {f"{name}_assignsubmission_file/main.py": PROGRAM for name in ("Team Alpha_31", "Default group")}
    found = read(fill(tmp_path, files))[1]
    assert [(entry.name, entry.ids) for entry, _ in found.values()] == [
        ("Default group", {"moodle_group": "Default group"}),
        ("Team Alpha", {"moodle_participant": "31"}),
    ]


@pytest.mark.parametrize("name", ["class.zip", "folder"])
def test_one_student_alone_is_not_taken_for_a_folder_around_a_class(tmp_path: Path, name: str) -> None:
    files = {f"11-9 - Ada - Nov 20, 2026 900 AM/{file}": PROGRAM for file in ("app.py", "test_main.py")}
    source = tmp_path / name
    if name == "folder":
        fill(source, files)
    else:
        source.write_bytes(zipped(files))
    with open_download(source) as download:
        layout, entries, _ = read_layout(download)
    assert (layout, [entry.name for entry in entries]) == ("brightspace", ["Ada"])


def test_of_a_folders_files_the_one_that_was_handed_in_again_counts(tmp_path: Path) -> None:
    start = "Ada_1_assignsubmission_file_"
    fill(tmp_path, {f"{start}/main.py": OTHER, f"{start}/main (1).py": PROGRAM, f"{start}/notes.txt": b"x"})
    assert taken(tmp_path, "moodle") == {"Ada": {"main.py": PROGRAM, "notes.txt": b"x"}}


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("inside", ["Submission attachment(s)", "Version 1"])
def test_a_folder_that_cannot_be_read_stops_nobody_else(tmp_path: Path, inside: str) -> None:
    names = ["Eve(eve)", "Ada(ada)", "Ben(ben)"]
    fill(tmp_path, {f"{name}/{inside}/main.py": PROGRAM for name in names})
    (tmp_path / "Eve(eve)").chmod(0)
    try:
        assert len(taken(tmp_path)) == 2
        assert len(refused(tmp_path)) == 1
    finally:
        (tmp_path / "Eve(eve)").chmod(0o700)
