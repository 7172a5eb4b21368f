"""A made-up class with all that an instructor keeps about one: roster, times, extensions, decisions, four gradebooks.

Programs are the gallery's, as `class_of_300` chooses them, with the test files of step 9's ladder beside two of three.
"""

from __future__ import annotations

import codecs
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grading.judging.student_tests.reasons import NAME
from grading.maintain.class_of_300 import NAMES, Truth, Work, signed, works, zipped
from grading.maintain.own_tests_table import rungs

LATE = range(10)
"""Students who handed in a day late."""
EXTENDED = 3
"""Who was allowed to."""
DECIDED = (
    "student,step,marks,change,comment,who,when\nS-1,,41,,By hand,Ada,\nS-2,,,3,Explained,Ada,\nS-4,1,0,,Copied,Ada,\n"
)
OPTIONS = (
    "--roster roster.csv --times times.csv --extensions more.csv --extra-tests extra "
    "--due 2026-11-20T23:59+01:00 --grace 15m --late-percent 10"
).split()
EXTRA = """import pytest


@pytest.mark.worth(5)
def test_markdown_comes_back_unharmed(client, provider, expect):
    provider.answers("# Title")
    answer = client.post("/generate", json={"message": "Some Markdown, please."})
    expect.json(answer, {"response": "# Title"})
"""
MOST = 105
"""What the core and the extra test are worth."""
BOOKS = {
    "canvas.csv": (
        [
            "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Essay (70),Kit (71),Kit bonus (72),Final Score",
            "    Points Possible,,,,,10,105,0,(read only)",
        ],
        '"{last}, {first}",{canvas},S-{one},login{one},"A, B",{essay},{marks},{bonus},88.25',
    ),
    "moodle.csv": (
        [
            'Identifier,"Full name","Email address",Status,Grade,"Maximum grade","Grade can be changed",'
            '"Last modified (grade)","Feedback comments"'
        ],
        '"Participant {moodle}","{first} {last}",mail{one}@x.edu,Submitted,{marks},105.00,Yes,-,{comment}',
    ),
    "brightspace.csv": (
        [
            "OrgDefinedId,Username,Last Name,First Name,Kit Points Grade <Numeric MaxPoints:105 Weight:10>,"
            "Kit bonus Points Grade <Numeric MaxPoints:10>,End-of-Line Indicator"
        ],
        "#S-{one},#login{one},{last},{first},{marks},{bonus},#",
    ),
    "blackboard.xls": (
        [
            "Last Name\tFirst Name\tUsername\tStudent ID\tLast Access\tKit [Total Pts: 105 Score] |73\t"
            "Kit bonus [Total Pts: 10 Score] |74"
        ],
        '"{last}"\t"{first}"\t"login{one}"\t"S-{one}"\t"2026-11-20"\t"{marks}"\t"{bonus}"',
    ),
}
"""File -> titles and a student's row."""


@dataclass(frozen=True)
class Student:
    """Who handed in what, and what must come of it."""

    number: int
    files: Mapping[str, bytes]
    truth: Truth
    own_tests: float
    """Marks of step 9, if the submission is graded."""

    @property
    def names(self) -> dict[str, object]:
        """What rows of gradebooks and rosters are made of."""
        one = self.number
        last = f"{chr(65 + one // 26)}{chr(97 + one % 26)}son"
        ids = {"canvas": 1000 + one, "moodle": 5000 + one, "brightspace": 9000 + one}
        return {"one": one, "first": NAMES[one % len(NAMES)], "last": last, "essay": one % 11, **ids}

    @property
    def name(self) -> str:
        """As the roster has it."""
        return f"{self.names['first']} {self.names['last']}"


def make_week(place: Path, size: int, seed: int) -> list[Student]:
    """Write the class in Canvas's layout, and everything that OPTIONS name, into a folder. Returns who handed in."""
    students = [_student(*each) for each in enumerate(works(size, random.Random(seed), corpus=False))]
    (place / "class").mkdir(parents=True)
    for student in students:
        flat = "".join(c for c in student.name.lower() if c.isalnum())
        for at, (name, content) in enumerate(student.files.items()):
            stem = f"{flat}_{student.names['canvas']}_{student.number * 10 + at}_{name}"
            (place / "class" / stem).write_bytes(content)
    everybody = [*students, Student(size, {}, Truth("nothing handed in"), 0)]
    row = "{name},S-{one},login{one},mail{one}@x.edu,{canvas},{moodle},{brightspace}"
    titles = "name,student_id,login,email,canvas_user,moodle_participant,brightspace_user"
    roster = [titles, *(row.format(name=student.name, **student.names) for student in everybody)]
    (place / "roster.csv").write_text("\n".join(roster) + "\n", encoding="utf-8")
    (place / "times.csv").write_text(
        "".join(f"S-{one},2026-11-{21 if one in LATE else 20}T12:00+01:00\n" for one in range(size)), encoding="utf-8"
    )
    (place / "more.csv").write_text(f"student,due\nS-{EXTENDED},2026-11-22T12:00+01:00\n", encoding="utf-8")
    (place / "extra").mkdir()
    (place / "extra" / "test_markdown.py").write_text(EXTRA, encoding="utf-8")
    return students


def in_brightspaces_layout(place: Path, students: list[Student]) -> dict[str, Student]:
    """Write their submissions as Brightspace lays them out. Returns who is who, by the folder's name."""
    folders = {
        f"{student.names['brightspace']}-77 - {student.name} - Nov 20, 2026 1158 PM": student for student in students
    }
    for folder, student in folders.items():
        for name, content in student.files.items():
            (place / folder).mkdir(parents=True, exist_ok=True)
            (place / folder / name).write_bytes(content)
    return folders


def book(file: str, everybody: list[Student], cells: Mapping[int, Mapping[str, str]]) -> bytes:
    """Return a gradebook, its rows in another order than the download's. cells: what stands in a student's row."""
    titles, row = BOOKS[file]
    empty = {"marks": "", "bonus": "", "comment": ""}
    rows = [
        row.format_map({**student.names, **empty, **cells.get(student.number, {})}) for student in reversed(everybody)
    ]
    text = "\r\n".join([*titles, *rows]) + "\r\n"
    return codecs.BOM_UTF16_LE + text.encode("utf-16-le") if file.endswith(".xls") else text.encode()


def _student(number: int, work: Work) -> Student:
    work, marks = signed(work, str(number)), 0.0
    files = dict(work.files)
    if number % 3 and not work.whole and "main.py" in files and work.truth.most is None and NAME not in files:
        ladder = rungs()
        tests, told = ladder[number % len(ladder)]
        files[NAME] = tests.read_bytes() + b"\n# handed in by %d\n" % number
        marks = float(told.partition(" ")[0])
    if any("/" in name for name in files):  # Canvas takes no folders
        files = {"hw.zip": zipped(files)}
    return Student(number, files, work.truth, marks)
