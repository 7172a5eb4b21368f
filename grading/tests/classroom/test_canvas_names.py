"""Canvas's downloads with groups, many uploads and no program; class zips made on Windows."""

from __future__ import annotations

from pathlib import Path

from grading.maintain.class_works import zipped
from grading.maintain.raw_zip import raw
from grading.tests.classroom.downloads import OTHER, PROGRAM, TESTS, fill, read, refused, taken

BOTH = {"main.py": PROGRAM, "test_main.py": TESTS}


def test_canvas_groups_whose_names_end_in_numbers(downloaded) -> None:  # type: ignore[no-untyped-def]
    files = {
        "group_10_50126_900007_answer.zip": zipped(BOTH),
        "group_7_50123_900001_main.py": PROGRAM,
        "group_7_50123_900002_test_main.py": TESTS,
        "group_9_LATE_50125_900005_main-1.py": PROGRAM,
        "group_9_LATE_50125_900006_test_main-1.py": TESTS,
        "team8_50124_900003_main.py": PROGRAM,
        "team8_50124_900004_test_main.py": TESTS,
    }
    layout, found = read(downloaded(files))
    assert layout == "canvas"
    assert {(entry.name, entry.ids["canvas_user"], entry.late) for entry, _ in found.values()} == {
        ("group_7", "50123", False),
        ("team8", "50124", False),
        ("group_9", "50125", True),
        ("group_10", "50126", False),
    }
    assert all(graded == BOTH for _, graded in found.values())


UUID = "3f0c2a9e-7d1b-4c55-9b1e-0a4f6c2d8e11"


def test_canvas_after_nine_uploads_and_with_two_endings(tmp_path: Path) -> None:
    files = {
        f"nine_501_7001_main-{UUID}.py": PROGRAM,
        "nine_501_7002_test_main-7.py": TESTS,
        "two_502_7003_main.py": OTHER,
        f"two_502_7004_main-{UUID}.py": PROGRAM,
        "dots_503_7005_app.main.py": OTHER,
        "dots_503_7006_app-1.main.py": PROGRAM,
        f"many_504_7007_main-{UUID}.py": OTHER,
        f"many_504_7008_main-{UUID.replace('3f', '4f')}.py": PROGRAM,
    }
    fill(tmp_path, files)
    assert taken(tmp_path) == {"nine": BOTH, "two": {"main.py": PROGRAM}, "dots": {"main.py": PROGRAM}}
    assert "is newer can't be told" in refused(tmp_path)["many"]


def test_canvas_without_a_program_is_not_graded_and_test_main_is_never_it(tmp_path: Path) -> None:
    files = {
        "anna_601_9101_main.ipynb": b"{}",
        "anna_601_9102_test_main.py": TESTS,
        "bert_602_9103_answer.rar": b"Rar!\x1a\x07\x01\x00",
        "bert_602_9104_test_main.py": TESTS,
        "carl_603_9105_test_main.py": TESTS,
        "carla_606_9110_test_main-2.py": TESTS,
        "dana_604_9106_main.py.txt": PROGRAM,
        "dana_604_9107_test_main.py": TESTS,
        "emil_605_9108_my_api.py": PROGRAM,
        "emil_605_9109_test_main.py": TESTS,
    }
    assert taken(fill(tmp_path, files)) == {"emil": BOTH}
    told = refused(tmp_path)
    assert all("There is no main.py. Found: " in sentence for sentence in told.values())
    advice = {"anna": "Put your code into a file", "bert": "Unpack the rar", "carl": "Send main.py, too"}
    assert all(words in told[name] for name, words in {**advice, "dana": "Windows hides the ending .txt"}.items())


def test_a_class_zipped_again_on_windows_is_the_same_class(tmp_path: Path) -> None:
    names = [f"class\\{who}\\{file}".encode() for who in ("ada", "ben") for file in ("main.py", "test_main.py")]
    (tmp_path / "class.zip").write_bytes(raw(names, PROGRAM))
    both = {"main.py": PROGRAM, "test_main.py": PROGRAM}
    assert taken(tmp_path / "class.zip") == {"ada": both, "ben": both}


def test_names_of_students_in_an_old_japanese_encoding_can_be_read(tmp_path: Path) -> None:
    names = [f"{who}/main.py".encode("cp932") for who in ("能勢", "表さん")]
    (tmp_path / "class.zip").write_bytes(raw(names, PROGRAM))
    assert sorted(taken(tmp_path / "class.zip")) == ["能勢", "表さん"]


def test_an_environment_in_a_class_zip_costs_nobody_the_marks(tmp_path: Path) -> None:
    modules = {f"ada/myenv/lib/m{n}.py": b"" for n in range(600)}
    files = {**modules, "ada/myenv/pyvenv.cfg": b"", "ada/main.py": PROGRAM, "ben/main.py": OTHER}
    (tmp_path / "class.zip").write_bytes(zipped(files))
    assert taken(tmp_path / "class.zip") == {"ada": {"main.py": PROGRAM}, "ben": {"main.py": OTHER}}
