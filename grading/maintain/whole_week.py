"""From a download to four gradebooks with the real grader: `python -m grading.maintain.whole_week`.

A class of 60 with roster, times, extensions, decisions, late policy, own tests and one extra test is graded, killed
midway and resumed; that must give the files of a class that nobody killed. The marks must be those that programs and
test files are known for. Then the gradebooks of Canvas, Moodle, Brightspace and Blackboard are filled, in which nothing
but marks, bonus and comments may change, and the zips of feedback are read as the importers read them. Linux only.

Prints what it checked, and ends with 1 if something differs.
"""

from __future__ import annotations

import argparse
import csv
import html
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from grading import KIT
from grading.judging.student_tests.scoring import STEP as OWN_TESTS
from grading.maintain.class_of_300 import CORE, Truth, check
from grading.maintain.importers import brightspace_importer, canvas_importer, moodle_importer
from grading.maintain.week_class import (
    BOOKS,
    DECIDED,
    EXTENDED,
    LATE,
    MOST,
    OPTIONS,
    Student,
    book,
    in_brightspaces_layout,
    make_week,
)

_TIME = 3600  # seconds for one command
_FED_BACK = (".py", ".txt", ".md", ".zip")  # files beside which Canvas shows a file of feedback


def whole_week(place: Path, size: int, seed: int) -> Iterator[tuple[str, list[str]]]:
    """Yield what was checked, and what differs. place: an empty folder."""
    students = make_week(place, size, seed)
    everybody = [*students, Student(size, {}, Truth("nothing handed in"), 0)]
    yield _killed_and_resumed(place, size)
    out = place / "killed"
    rows = {
        int(row["ids"]["canvas_user"]) - 1000: row for row in json.loads((out / "summary.json").read_bytes())["marks"]
    }
    yield (
        f"marks of {len(rows)} submissions by what their programs are known for",
        check({str(student.names["canvas"]): student.truth for student in students}, out),
    )
    yield "marks of step 9 and of the extra test", list(_judged(students, rows))
    yield "what counts, after lateness, the extension and decisions", list(_counts(rows))
    for bonus in ("add", "separate"):
        yield (
            f"gradebooks, --bonus {bonus}: nothing but marks and comments changed",
            _gradebooks(place, everybody, rows, bonus),
        )
    yield "feedback for Canvas, by its importer's rules", list(_canvas(out, students))
    yield "feedback for Moodle, by its importer's rules", list(_moodle(out, students))
    yield "feedback for Brightspace, by the names of its download", _brightspace(place, students[: max(3, size // 10)])


def _killed_and_resumed(place: Path, size: int) -> tuple[str, list[str]]:
    for out in ("killed", "whole"):
        (place / out).mkdir()
        (place / out / "decisions.csv").write_text(DECIDED, encoding="utf-8")
    at = _kill_midway(place, size // 3)
    wrong = ["it was not killed midway: it had ended"] if (place / "killed" / "summary.json").exists() else []
    _grade(place, "class", "--out", "killed")  # class.toml has the options
    _grade(place, "class", "--out", "whole", *OPTIONS)
    one, other = _written(place / "killed"), _written(place / "whole")
    wrong += [
        f"{name} is not the same" for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)
    ]
    return f"killed after {at} results and resumed: {len(other)} files as if nobody had", wrong


def _kill_midway(place: Path, results: int) -> int:
    """Start grading, kill it after so many results; return how many there were."""
    with _started(place, "class", "class", "--out", "killed", *OPTIONS) as process:
        end = time.monotonic() + _TIME
        while process.poll() is None and time.monotonic() < end and _results(place) < results:
            time.sleep(0.05)
        process.kill()
        process.communicate(timeout=_TIME)
    return _results(place)


def _results(place: Path) -> int:
    file = place / "killed" / "durations.csv"
    return len(file.read_bytes().splitlines()) if file.exists() else 0


def _grade(place: Path, *words: str, command: str = "class") -> str:
    """Run a command of `grade`. Returns what it printed. Raises RuntimeError if it ends with another code than 0."""
    with _started(place, command, *words) as process:
        told = process.communicate(timeout=_TIME)[0]
    if process.returncode:
        raise RuntimeError(f"grade {command} {' '.join(words)} ended with {process.returncode}: {told}")
    return told


def _started(place: Path, *words: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(KIT), "PYTHONIOENCODING": "utf-8"}
    return subprocess.Popen(
        [sys.executable, "-m", "grading", *words],
        cwd=place,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def _written(out: Path) -> dict[str, bytes]:
    files = (path for path in out.rglob("*") if path.is_file() and path.name != "durations.csv")
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def _judged(students: Iterable[Student], rows: dict[int, dict[str, Any]]) -> Iterator[str]:
    for student in students:
        row = rows[student.number]
        if not row["graded"]:
            continue
        own, extra = row["steps"][str(OWN_TESTS.number)], row["steps"]["0"]
        if own != student.own_tests:
            yield f"{row['key']}: step 9 has {own}, and should have {student.own_tests}"
        right = {MOST - 100} if student.truth.kind.startswith("correct/") else {0, MOST - 100}
        right = {0} if student.truth.breaks == CORE else right
        if extra not in right or row["max_score"] != MOST:
            yield f"{row['key']}: the extra test has {extra}, and should have {right}"


def _right(number: int, row: dict[str, Any]) -> tuple[float, float] | None:
    """Return the marks and the bonus that count, by the options and decisions of this class; None for neither."""
    late = 0.9 if number in LATE and number != EXTENDED else 1
    if number == 1:
        return 41, 0
    if not row["graded"]:
        return {2: (3.0, 0.0), 4: (0.0, 0.0)}.get(number)
    change = {2: 3, 4: -row["steps"]["1"]}.get(number, 0)
    return max(0, row["score"] * late + change), row["bonus"] * late


def _counts(rows: dict[int, dict[str, Any]]) -> Iterator[str]:
    for number, row in rows.items():
        right = _right(number, row)
        total = None if right is None else sum(right)
        if (row["counts"] is None) != (total is None) or abs((row["counts"] or 0) - (total or 0)) > 1e-3:
            yield f"{row['key']}: {row['counts']} counts, and should be {total}"


def _gradebooks(place: Path, everybody: list[Student], rows: dict[int, dict[str, Any]], bonus: str) -> list[str]:
    """Fill the four gradebooks; return what is not as it should be."""
    out, options = place / "killed", ["--bonus", bonus]
    before = {2: {"marks": "12", "comment": "Well begun"}, 5: {"marks": "7"}}
    for file in BOOKS:
        cells = {**before, 6: {"marks": "EX"}} if file == "canvas.csv" else before
        (place / file).write_bytes(book(file, everybody, cells))
        lms = file.partition(".")[0]
        options += [f"--{lms}", file]
        options += [f"--{lms}-column", "Kit"] if lms != "moodle" else []
    options += ["--bonus-column", "Kit bonus"] if bonus == "separate" else []
    told = " ".join(_grade(place, "killed", *options, "--feedback", "mail", command="export").split())
    table = csv.DictReader(io.StringIO((out / "feedback-mail.csv").read_text(encoding="utf-8-sig")))
    comments = {int(line["canvas_user"]) - 1000: line["comment"] for line in table}
    wrong = []
    for file in BOOKS:
        cells = {number: dict(texts) for number, texts in before.items()}
        for number, row in rows.items():
            if right := _right(number, row):
                mine = cells.setdefault(number, {})
                mine["marks"] = _text(
                    sum(right) if bonus == "add" else right[0], MOST if file == "moodle.csv" else None
                )
                mine["bonus"] = _text(right[1]) if bonus == "separate" else ""
                mine.setdefault("comment", _cell(html.escape(comments[number], quote=False)))
        if file == "canvas.csv":  # excused from one column, not from the other
            cells.setdefault(6, {})["marks"] = "EX"
        if (out / file).read_bytes() != book(file, everybody, cells):
            (out / f"should-be-{file}").write_bytes(book(file, everybody, cells))
            wrong.append(f"{file} differs from should-be-{file}")
    says = {"add": "the bonus is added", "separate": "the bonus alone"}[bonus]
    if told.count(f"What a mark holds: {says}") != {"add": 4, "separate": 3}[bonus]:
        wrong.append(f"not every gradebook says what its marks hold: {told}")
    return wrong


def _text(marks: float, most: float | None = None) -> str:
    return f"{round(marks if most is None else min(marks, most), 2):.2f}".rstrip("0").rstrip(".")


def _cell(text: str) -> str:
    quoted = text.replace('"', '""')
    return f'"{quoted}"' if "," in text or '"' in text else text


def _zip(out: Path, lms: str) -> dict[str, bytes]:
    _grade(out.parent, out.name, "--feedback", lms, command="export")
    with zipfile.ZipFile(out / f"feedback-{lms}.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _canvas(out: Path, students: list[Student]) -> Iterator[str]:
    files = {tuple(canvas_importer(name)): (name, data) for name, data in _zip(out, "canvas").items()}
    for student in students:
        ids = {(str(student.names["canvas"]), str(student.number * 10 + at)) for at in range(len(student.files))}
        mine = [files.pop(id) for id in ids if id in files]
        if len(mine) != any(name.lower().endswith(_FED_BACK) for name in student.files):
            yield f"{student.name} gets {len(mine)} files"
        for name, data in mine:
            if name.endswith(".zip"):
                with zipfile.ZipFile(io.BytesIO(data)) as archive:
                    data = archive.read("feedback.html")
            yield from _of(student, data)
    yield from (f"{name} is nobody's" for name, _ in files.values())


def _moodle(out: Path, students: list[Student]) -> Iterator[str]:
    files = {moodle_importer(name): data for name, data in _zip(out, "moodle").items()}
    if len(files) != len(students):
        yield f"{len(files)} files for {len(students)} students"
    for student in students:
        yield from _of(student, files.get((str(student.names["moodle"]), "feedback.html"), b""))


def _brightspace(place: Path, students: list[Student]) -> list[str]:
    folders = in_brightspaces_layout(place / "brightspace", students)
    _grade(place, "brightspace", "--out", "fed-back", "--roster", "roster.csv")
    files = {brightspace_importer(name): data for name, data in _zip(place / "fed-back", "brightspace").items()}
    wrong = [] if files.keys() == folders.keys() else [f"{set(files) ^ set(folders)} are not in both"]
    return wrong + [told for name, student in folders.items() for told in _of(student, files.get(name, b""))]


def _of(student: Student, page: bytes) -> Iterator[str]:
    """Yield a sentence unless the page is the student's own."""
    text = html.unescape(page.decode("utf-8", "replace")).replace("\\", "")
    if f"Feedback for {student.name}" not in text:
        yield f"{student.name} gets a page that is not theirs: {text[:200]!r}"


def main() -> int:
    """Run the command of the module's text. Returns the exit code: 1 if something differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="a new folder for everything that it makes")
    options = parser.parse_args()
    faults, begin = 0, time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        folder = options.keep or Path(place, "week")
        folder.mkdir(parents=True)
        for checked, wrong in whole_week(folder.resolve(), options.size, options.seed):
            print("\n  ".join([f"{'differs' if wrong else 'as it should be'}: {checked}", *wrong]), flush=True)
            faults += len(wrong)
    print(f"{options.size} submissions, {faults} differences, {time.monotonic() - begin:.0f} s.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
