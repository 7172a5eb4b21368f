"""Blackboard's own download ends in .xls and is text with tabs in UTF-16: it is filled as it is."""

from __future__ import annotations

import codecs
import io
import json
import zipfile
from pathlib import Path

import pytest

from grading.classroom.csv_fields import GradebookError
from grading.classroom.roster_file import read_roster
from grading.exports.blackboard import fill_blackboard
from grading.exports.brightspace import fill_brightspace
from grading.exports.canvas import fill_canvas
from grading.exports.moodle import fill_moodle
from grading.tests.exports.test_blackboard import BOB, BOOK, ZOE
from grading.tests.exports.test_class_exports import export, graded

__all__ = ["graded"]  # a fixture
TABS = BOOK.replace('","', '"\t"')
PLAIN = TABS.replace('"', "")


def xls(text: str, *cells: str, encoding: str = "utf-16-le", end: str = "\r\n") -> bytes:
    mark = codecs.BOM_UTF16_LE if encoding == "utf-16-le" else codecs.BOM_UTF16_BE
    return mark + text.format(*cells).replace("\n", end).encode(encoding, "surrogatepass")


@pytest.mark.parametrize(
    "text", [TABS, PLAIN, TABS.replace("Bob", "B\U0001f600b \ud800")], ids=["quotes", "bare", "odd"]
)
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_only_the_marks_change_and_every_other_byte_stays(text: str, encoding: str, end: str) -> None:
    filled = fill_blackboard(xls(text, "", "", encoding=encoding, end=end), [BOB, ZOE])
    assert filled.data == xls(text, "72.5", "80", encoding=encoding, end=end)


def test_it_is_written_with_the_same_ending(graded: Path, tmp_path: Path) -> None:
    summary = json.loads((graded / "summary.json").read_bytes())
    summary["marks"][0]["ids"]["login"] = "zoe@example.edu"
    (graded / "summary.json").write_text(json.dumps(summary))
    (tmp_path / "book.xls").write_bytes(xls(TABS, "", ""))
    ended = export(graded, "--blackboard", str(tmp_path / "book.xls"))
    assert ended.exit_code == 0, ended.output
    assert (graded / "blackboard.xls").read_bytes() == xls(TABS, "58", "")
    assert not (graded / "blackboard.csv").exists()


def test_it_is_a_roster_too(tmp_path: Path) -> None:
    (tmp_path / "book.xls").write_bytes(xls(TABS, "", ""))
    assert ("login", "bob") in read_roster(tmp_path / "book.xls").ids


def workbook() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return data.getvalue()


@pytest.mark.parametrize("data", [workbook(), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)], ids=["xlsx", "xls"])
@pytest.mark.parametrize("fill", [fill_blackboard, fill_canvas, fill_moodle, fill_brightspace])
def test_a_workbook_is_refused_with_what_to_do(data: bytes, fill: object) -> None:
    with pytest.raises(
        GradebookError, match=r"Excel workbook.* Export or download the table again, as CSV or with tabs"
    ):
        fill(data, [ZOE])  # type: ignore[operator]


def test_a_download_that_was_cut_off_is_refused() -> None:
    with pytest.raises(GradebookError, match=r"half a character is left\. Download it again"):
        fill_blackboard(xls(TABS, "", "")[:-1], [ZOE])


@pytest.mark.parametrize("fill", [fill_canvas, fill_moodle, fill_brightspace])
def test_importers_that_can_not_read_it_get_none_of_it(fill: object) -> None:
    with pytest.raises(GradebookError, match="save it as CSV UTF-8"):
        fill(xls(TABS, "", ""), [ZOE])  # type: ignore[operator]
