"""Downloads of a class: whose each file is, and that nothing gets lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from grading.classroom.download import open_download
from grading.classroom.entry import ClassError
from grading.classroom.layouts import read_layout
from grading.classroom.layouts.git_commit import commit_time
from grading.classroom.layouts.new_entry import entry_key
from grading.maintain.class_works import zipped
from grading.tests.classroom.clones import clone, git, needs_git
from grading.tests.classroom.downloads import OTHER, PROGRAM, fill, read
from grading.tests.intake.handed_in import posix

NAMES = ["Zoë O'Brien-Łukasz", "李小龙", "Anna Nowak", "Anna Nowak", "d'Arc, Jeanne"]


def test_canvas(downloaded) -> None:  # type: ignore[no-untyped-def]
    source = downloaded(
        {
            "obrienukaszzoë_101_9001_main.py": PROGRAM,
            "obrienukaszzoë_101_9002_test_main.py": b"def test(): pass\n",
            "nowakanna_LATE_102_9003_main-1.py": PROGRAM,
            "nowakanna_103_9004_my hw_2_final.zip": zipped({"hw/main.py": OTHER}),
            "李小龙_104_9005_endpoint.py": PROGRAM,
            "both_105_9006_main.py": PROGRAM,
            "both_105_9007_main-1.py": OTHER,
            "typed_106_text.html": b"<p>here it is</p>",
            "LATE_anon_x7Kp2_9008_main.py": PROGRAM,
            "pictures_107_9009_hw.zip": zipped({"main.py": PROGRAM}),
            "pictures_107_9010_screenshot.png": b"\x89PNG",
            "unclear_108_9011_hw.zip": zipped({"main.py": PROGRAM}),
            "unclear_108_9012_main.py": OTHER,
            "data_109_9013_main.py": PROGRAM,
            "data_109_9014_prompts-1.json": b"{}",
            "gradebook.csv": b"Student,ID\n",
        }
    )
    layout, found = read(source)
    assert layout == "canvas"
    assert {key: graded for key, (_, graded) in found.items() if isinstance(graded, dict)} == {
        "obrienukaszzoe-101": {"main.py": PROGRAM, "test_main.py": b"def test(): pass\n"},
        "nowakanna-102": {"main.py": PROGRAM},
        "nowakanna-103": {"main.py": OTHER},
        "student-104": {"main.py": PROGRAM},
        "both-105": {"main.py": OTHER},
        "anonymous-x7kp2-x7Kp2": {"main.py": PROGRAM},
        "pictures-107": {"main.py": PROGRAM},
        "data-109": {"main.py": PROGRAM, "prompts.json": b"{}", "prompts-1.json": b"{}"},
    }
    problems = [graded for _, graded in found.values() if isinstance(graded, str)]
    assert [problem.split(".")[0] for problem in problems] == [
        "A text or a link was typed into Canvas; there is no file to grade",
        "There are 'hw",  # .zip', and beside it another main.py
    ]
    assert found["student-104"][0].ids == {"canvas_user": "104"}
    assert found["student-104"][0].name == "李小龙"
    assert {key for key, (entry, _) in found.items() if entry.late} == {"nowakanna-102", "anonymous-x7kp2-x7Kp2"}


def test_moodle(downloaded) -> None:  # type: ignore[no-untyped-def]
    files = {f"{name}_{n}_assignsubmission_file_/main.py": b"app = %d\n" % n for n, name in enumerate(NAMES, 501)}
    files |= {
        "Ng_510_assignsubmission_file_/hw.zip": zipped({"hw/main.py": PROGRAM}),
        "Ng_510_assignsubmission_onlinetext_/onlinetext.html": b"<p>see the zip</p>",
        "A_B_511_assignsubmission_file_solution.py": PROGRAM,
        "Ö_512_assignsubmission_onlinetext_/onlinetext.html": b"<p>app = 1</p>",
    }
    layout, found = read(downloaded(files))
    assert layout == "moodle"
    assert {key: (entry.name, graded) for key, (entry, graded) in found.items() if isinstance(graded, dict)} == {
        "zoe-o-brien-ukasz-501": (NAMES[0], {"main.py": b"app = 501\n"}),
        "student-502": (NAMES[1], {"main.py": b"app = 502\n"}),
        "anna-nowak-503": (NAMES[2], {"main.py": b"app = 503\n"}),
        "anna-nowak-504": (NAMES[3], {"main.py": b"app = 504\n"}),
        "d-arc-jeanne-505": (NAMES[4], {"main.py": b"app = 505\n"}),
        "ng-510": ("Ng", {"main.py": PROGRAM}),
        "a-b-511": ("A_B", {"main.py": PROGRAM}),
    }
    assert "typed into Moodle" in str(found["o-512"][1])
    assert {entry.late for entry, _ in found.values()} == {None}
    assert found["ng-510"][0].ids == {"moodle_participant": "510"}


METADATA = """---
submission_7:
  :submitters:
  - :name: "Zoë O'Brien"
    :sid: '0042'
    :email: zoe@example.org
  - :name: 李小龙
    :sid:
    :email: li@example.org
  :created_at: 2026-11-20 22:59:30.123456 Z
  :score: 0.0
submission_8:
  :submitters: []
  :created_at: never
submission_9:
  :submitters:
  - :name: Gone
"""


def test_gradescope_gives_each_member_of_a_group_an_entry(downloaded) -> None:  # type: ignore[no-untyped-def]
    files = {"submission_7/main.py": PROGRAM, "submission_8/hw.zip": zipped({"main.py": OTHER}), "x/main.py": PROGRAM}
    layout, found = read(downloaded({"submission_metadata.yml": METADATA.encode(), **files}))
    assert layout == "gradescope"
    first, second = found["zoe-o-brien-7"], found["student-7-2"]
    assert first[0].ids == {"gradescope_submission": "7", "email": "zoe@example.org", "student_id": "0042"}
    assert second[0].ids == {"gradescope_submission": "7", "email": "li@example.org"}
    assert first[0].submitted == second[0].submitted == "2026-11-20T22:59:30+00:00"
    assert first[1] == second[1] == {"main.py": PROGRAM}
    assert found["submission-8-8"][1] == {"main.py": OTHER}
    assert "no such folder" in str(found["gone-9"][1])
    assert [graded for _, graded in found.values() if "does not list it" in str(graded)]


@pytest.mark.parametrize(
    "text", [b"[" * 100_000, b"&a [*a]", b"x: !!python/object/apply:os.system ['echo']", b"\xff\xfe\x00", b"", b"7"]
)
def test_gradescope_metadata_that_is_none(tmp_path: Path, text: bytes) -> None:
    with pytest.raises(ClassError, match=r"submission_metadata\.yml"):
        read(fill(tmp_path, {"submission_metadata.yml": text, "submission_1/main.py": PROGRAM}))


@needs_git
def test_github_classroom(tmp_path: Path) -> None:
    place = tmp_path / "hw-1-submissions"
    clone(place / "hw-1-anna", {"main.py": PROGRAM})
    clone(place / "hw-1-anna-maria", {"src/main.py": OTHER, "data.zip": b"not one"})
    fill(place / "hw-1-zed", {"main.py": PROGRAM})
    layout, found = read(place)
    assert layout == "github"
    assert {entry.ids["github_user"]: (graded, entry.submitted) for entry, graded in found.values()} == {
        "anna": ({"main.py": PROGRAM}, "2026-11-20T23:30:00+01:00"),
        "anna-maria": ({"main.py": OTHER}, "2026-11-20T23:30:00+01:00"),
        "zed": ({"main.py": PROGRAM}, None),
    }


def test_a_repository_that_was_perhaps_accepted_twice_is_told(tmp_path: Path) -> None:
    fill(tmp_path, {f"hw-{user}/main.py": PROGRAM for user in ("ada", "ada-1", "ben", "cem-1")})
    with open_download(tmp_path) as download:
        told = read_layout(download, "github")[2]
    assert told[-1].endswith("listed as another student: hw-ada-1.")


@needs_git
def test_the_time_of_a_packed_commit_is_read(tmp_path: Path) -> None:
    clone(tmp_path / "hw-1-anna", {"main.py": PROGRAM})
    git(tmp_path / "hw-1-anna", "gc", "-q")
    git(tmp_path / "hw-1-anna", "pack-refs", "--all")
    assert commit_time(tmp_path / "hw-1-anna" / ".git") == "2026-11-20T23:30:00+01:00"


@needs_git
@posix
def test_a_clones_configuration_is_never_obeyed(tmp_path: Path) -> None:
    folder = clone(tmp_path / "hw-1-eve", {"main.py": PROGRAM})
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for name in ("gpg.program", "core.fsmonitor", "core.pager", "core.sshCommand", "diff.external"):
        git(folder, "config", name, str(trap))
    git(folder, "config", "log.showSignature", "true")
    assert commit_time(folder / ".git") == "2026-11-20T23:30:00+01:00"
    for head in (
        "ref: ../../../etc/passwd\n",
        "ref: refs/heads/../../../x\n",
        "--help\n",
        "0" * 40,
        "",
        "ref: refs/heads/no",
    ):
        (folder / ".git" / "HEAD").write_text(head)
        assert commit_time(folder / ".git") is None
    assert not (tmp_path / "sprung").exists()


def test_plain_folders_zips_and_files(downloaded) -> None:  # type: ignore[no-untyped-def]
    files = {
        "alice/main.py": PROGRAM,
        "Zoë O'Brien.zip": zipped({"hw/main.py": PROGRAM}),
        "李小龙.py": PROGRAM,
        "bob.rar": b"Rar!\x1a\x07",
        "empty/notes.txt": b"sorry",
        ".DS_Store": b"",
        "__MACOSX/x": b"",
    }
    layout, found = read(downloaded(files))
    assert layout == "plain"
    assert {entry.name: graded for entry, graded in found.values() if isinstance(graded, dict)} == {
        "alice": {"main.py": PROGRAM},
        "Zoë O'Brien": {"main.py": PROGRAM},
        "李小龙": {"main.py": PROGRAM},
    }
    assert {entry.name for entry, graded in found.values() if isinstance(graded, str)} == {"bob.rar", "empty"}
    assert "alice" in found


def test_a_key_is_the_same_whoever_else_is_in_the_class(tmp_path: Path) -> None:
    names = ["Zoë", "zoe", "Z.o.e", "zo-e"]
    assert entry_key("con") not in ("con", entry_key("Con"))  # a device on Windows
    whole = read(fill(tmp_path / "all", {f"{name}/main.py": PROGRAM for name in names}))[1]
    for key, (entry, _) in whole.items():
        alone = read(fill(tmp_path / key, {f"{entry.name}/main.py": PROGRAM, "other.py": b""}))[1]
        assert alone[key][0].name == entry.name


@pytest.mark.parametrize(
    ("files", "told"),
    [({}, "is empty"), ({"main.py": PROGRAM, "settings.py": b""}, "looks like one submission")],
)
def test_what_is_no_class_is_told(tmp_path: Path, files: dict[str, bytes], told: str) -> None:
    with pytest.raises(ClassError, match=told):
        read(fill(tmp_path, files))
    if files:
        (tmp_path / "one.zip").write_bytes(zipped(files))
        with pytest.raises(ClassError, match=told):
            read(tmp_path / "one.zip")


def test_what_is_neither_folder_nor_zip_is_told(tmp_path: Path) -> None:
    (tmp_path / "class.rar").write_bytes(b"Rar!")
    with pytest.raises(ClassError, match="neither a folder nor a zip"):
        read(tmp_path / "class.rar")


def test_a_doubtful_layout_is_refused_until_it_is_named(tmp_path: Path) -> None:
    files = dict.fromkeys(["a_1_2_main.py", "bob.py", "carl.py", "dora.py"], PROGRAM)
    with open_download(fill(tmp_path, files)) as download:
        with pytest.raises(ClassError, match=r"1 of 4 names look like a download from Canvas.*--layout canvas"):
            read_layout(download)
        assert len(read_layout(download, "canvas")[1]) == len(read_layout(download, "plain")[1]) == 4


def test_a_folder_at_the_top_is_a_students_whatever_tools_would_call_so(tmp_path: Path) -> None:
    names = ["venv", "env", "node_modules", "anna"]
    found = read(fill(tmp_path, {f"{name}/main.py": PROGRAM for name in names}), "plain")[1]
    assert sorted(entry.name for entry, _ in found.values()) == sorted(names)
    assert all(files == {"main.py": PROGRAM} for _, files in found.values())
