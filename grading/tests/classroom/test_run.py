"""A class is graded: nobody is lost, and what is known is used again."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grading.classroom.store import this_basis
from grading.commands import whole_class
from grading.maintain.class_of_300 import check, make_class
from grading.results.result import Result
from grading.tests.classroom.class_command import a_class, grade_class, written
from grading.tests.classroom.known_grader import KnownGrader, better
from grading.tests.results.test_result import assert_schema_1

LAYOUTS = ["canvas", "moodle", "github", "gradescope", "plain"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nobody_is_lost_and_no_mark_is_anothers(layout: str, tmp_path: Path, known: list[KnownGrader]) -> None:
    size = 40 if layout == "github" else 150  # a clone takes three git processes
    truth = make_class(tmp_path / "class", size, layout)
    told = grade_class(tmp_path / "class", "--out", tmp_path / "out")
    assert check(truth, tmp_path / "out") == []
    assert f"{size} submissions" in told
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["layout"] == layout
    for file in (tmp_path / "out" / "results").iterdir():
        fields = json.loads(file.read_text(encoding="utf-8"))
        assert len(fields.pop("checksum")) == 64
        assert_schema_1(fields)
    with (tmp_path / "out" / "marks.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [row["key"] for row in csv.DictReader(stream)] == [row["key"] for row in summary["marks"]]


def test_a_check_that_finds_nothing_wrong_would_find_something(tmp_path: Path, known: list[KnownGrader]) -> None:
    truth = make_class(tmp_path / "class", 30, "plain")
    grade_class(tmp_path / "class", "--out", tmp_path / "out")
    who, one = next(item for item in truth.items() if item[1].breaks is not None)
    whom, other = next(item for item in truth.items() if item[1].breaks not in (None, one.breaks))
    assert len(check(truth | {who: other, whom: one}, tmp_path / "out")) == 2
    assert check(truth | {"nobody": one}, tmp_path / "out") == [f"nobody ({one.kind}): 0 results instead of one"]


def test_what_is_known_is_not_graded_again(tmp_path: Path, known: list[KnownGrader]) -> None:
    source = a_class(tmp_path / "class", {"a": b"app = 1\n", "b": b"app = 2\n", "c": b"app = 1\n", "d": b"def f(:"})
    told = grade_class(source, "--out", tmp_path / "out")
    assert "To grade: 2. Known from before: 0. Identical to one of them: 1. Not readable: 1." in told
    assert "2 submissions in 1 group are identical" in told
    assert len(known[0].graded) == 2
    first = written(tmp_path / "out")
    assert first["results/" + "c-2e7d2c03.json"] == first["results/a-ca978112.json"]
    assert "To grade: 0. Known from before: 3." in grade_class(source, "--out", tmp_path / "out")
    assert len(known) == 1
    assert written(tmp_path / "out") == first
    (tmp_path / "out" / "results" / "b-3e23e816.json").write_text("{half")
    (source / "e").mkdir()
    (source / "e" / "main.py").write_bytes(b"app = 2\n")
    (source / "a" / "main.py").write_bytes(b"app = 3\n")
    assert "To grade: 2. Known from before: 1. Identical to one of them: 1." in grade_class(
        source, "--out", tmp_path / "out"
    )
    rows = {row["name"]: row for row in json.loads((tmp_path / "out" / "summary.json").read_bytes())["marks"]}
    assert rows["e"]["identical_to"] == [rows["b"]["key"]]
    assert rows["a"]["identical_to"] == rows["c"]["identical_to"] == []


@pytest.mark.parametrize("changed", ["suite", "versions"])
def test_a_changed_suite_or_environment_shows_whose_mark_changed_and_why(
    changed: str, tmp_path: Path, known: list[KnownGrader], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_class(tmp_path / "class", 25, "moodle")
    grade_class(tmp_path / "class", "--out", tmp_path / "out")
    before = {key: Result.from_json(json.loads(text)) for key, text in _results(tmp_path / "out")}

    def kinder(self: KnownGrader, path: Path, **rest: object) -> Result:
        result = original(self, path)
        result = better(result, 7) if result.graded else result
        return replace(result, hashes=result.hashes | {"suite": basis.suite}, versions=basis.versions)

    original, basis = KnownGrader.grade, this_basis()
    basis = (
        replace(basis, suite="sha256:new")
        if changed == "suite"
        else replace(basis, versions=basis.versions | {"litellm": "2.0"})
    )
    monkeypatch.setattr(KnownGrader, "grade", kinder)
    monkeypatch.setattr(whole_class, "this_basis", lambda extra: basis)
    told = grade_class(tmp_path / "class", "--out", tmp_path / "out")
    after = {key: Result.from_json(json.loads(text)) for key, text in _results(tmp_path / "out")}
    lost = sorted(key for key in before if before[key].score != after[key].score)
    assert lost
    assert f"{len(lost)} marks changed" in told
    text = (tmp_path / "out" / "changes.txt").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if "test_step_07" in line] == [
        "    test_step_07::test_works: failed -> passed (+10)"
    ] * len(lost)
    why = "the suite changed" if changed == "suite" else "the environment changed: litellm"
    assert text.count(f"because {why}") == len(lost)
    for key in lost:
        assert f"({key}): {before[key].score:g} of 90" in text
    assert not (tmp_path / "out" / "before").exists()
    assert "marks changed" not in grade_class(tmp_path / "class", "--out", tmp_path / "out")


def _results(out: Path) -> Iterator[tuple[str, str]]:
    for file in (out / "results").iterdir():
        yield file.stem, file.read_text(encoding="utf-8")


def test_regrade_takes_students_tests_and_all(tmp_path: Path, known: list[KnownGrader]) -> None:
    make_class(tmp_path / "class", 40, "canvas")
    place = (tmp_path / "class", "--out", tmp_path / "out")
    grade_class(*place)
    summary = json.loads((tmp_path / "out" / "summary.json").read_bytes())
    all_of_them = len(known[0].graded)
    failing = {
        key
        for key, text in _results(tmp_path / "out")
        if any(t["status"] != "passed" and t["step"] == 7 for t in json.loads(text)["tests"])
    }
    one = next(row for row in summary["marks"] if row["graded"] and not row["identical_to"])
    for what, count in (("all", all_of_them), (one["key"], 1), (one["ids"]["canvas_user"], 1)):
        grade_class(*place, "--regrade", what)
        assert len(known[-1].graded) == count
    grade_class(*place, "--regrade", "test:test_step_07")
    seen = {row["key"] for row in summary["marks"] if row["key"] in failing}
    assert 0 < len(known[-1].graded) <= len(seen) < all_of_them
    assert "no submission has this key, name or id" in grade_class(*place, "--regrade", "nobody", code=2)


def test_a_fault_of_the_graders_costs_one_result_and_is_mended_by_the_next_run(
    tmp_path: Path, known: list[KnownGrader], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_class(tmp_path / "class", 20, "plain")
    original = KnownGrader.grade
    failed: list[Path] = []

    def fragile(self: KnownGrader, path: Path, **rest: object) -> Result:
        if not failed:
            failed.append(path)
            raise RuntimeError("the farm burnt down")
        return original(self, path)

    monkeypatch.setattr(KnownGrader, "grade", fragile)
    told = grade_class(tmp_path / "class", "--out", tmp_path / "out", "--workers", 1)
    assert "The grader itself failed (RuntimeError: the farm burnt down). Run the same line again." in told
    told = grade_class(tmp_path / "class", "--out", tmp_path / "out")
    assert "To grade: 1." in told
    assert "the grader itself had failed on it" in (tmp_path / "out" / "changes.txt").read_text(encoding="utf-8")


def test_who_was_not_graded_has_no_zero(tmp_path: Path, known: list[KnownGrader]) -> None:
    source = a_class(tmp_path / "class", {"a": b"app = 1\n", "b": b"def f(:"})
    due = ["--due", "2026-11-20T12:00Z", "--late-percent", "10"]
    grade_class(source, "--out", tmp_path / "out", *due)
    with (tmp_path / "out" / "marks.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = {row["name"]: row for row in csv.DictReader(stream)}
    assert rows["a"]["score"] != ""
    assert [rows["b"][name] for name in ("score", "bonus", "score_after_lateness", "graded")] == ["", "", "", "no"]


def test_results_of_another_class_are_named(tmp_path: Path, known: list[KnownGrader]) -> None:
    grade_class(a_class(tmp_path / "one", {"a": b"app = 1\n", "b": b"app = 2\n"}), "--out", tmp_path / "out")
    told = grade_class(a_class(tmp_path / "two", {"a": b"app = 1\n", "c": b"app = 3\n"}), "--out", tmp_path / "out")
    assert "of nobody in this download: 1 in" in told
    assert "(b-3e23e816)" in told


def test_partners_who_handed_in_one_submission_are_not_called_identical(
    tmp_path: Path, known: list[KnownGrader]
) -> None:
    source = a_class(tmp_path / "class", {"submission_7": b"app = 1\n", "submission_8": b"app = 2\n"})
    submitters = "".join(f"  - :name: {name}\n    :email: {name}@example.org\n" for name in ("anna", "bob"))
    (source / "submission_metadata.yml").write_text(
        f"submission_7:\n  :submitters:\n{submitters}submission_8:\n  :submitters:\n  - :name: eve\n"
    )
    assert "identical," not in grade_class(source, "--out", tmp_path / "out")
    rows = json.loads((tmp_path / "out" / "summary.json").read_bytes())["marks"]
    assert [(row["name"], row["identical_to"]) for row in rows] == [("anna", []), ("bob", []), ("eve", [])]
