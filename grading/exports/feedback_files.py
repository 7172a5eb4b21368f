"""Feedback back into an LMS: a zip for its bulk upload, with the names of the download, by which it finds whose it is.

- Moodle (mod/assign/feedback/file/importziplib.php, read in November 2026): a path of the zip has a part
  `name_number_plugintype_plugin` or `…_`; the number is the participant's, in newer versions a group's in team work.
- Canvas (generate_comments_from_files in its assignment model): the first two parts between underscores that are
  numbers must be the user's id and that of a file which they handed in. It shows the new file by the old one's name,
  so what is in it must fit that name: text in Python's comments, or a zip.
- Brightspace: the folders of the download with more files in them, by D2L's help; its code was not to be seen.

What one student may not see of another is sure: a page goes only where all of these fit, or is left out and named.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grading.classroom.entry import Entry, Mark
from grading.classroom.layouts.local_time import DATE

_DATE = (1980, 1, 1, 0, 0, 0)  # always, so that the same class gives the same zip
_PAGE = "feedback.html"
_MOODLE = re.compile(r"(?P<start>[^_]+_(?P<number>\d+)_assignsubmission_(?:file|onlinetext))(?P<rest>.*)", re.DOTALL)
_BRIGHTSPACE = re.compile(rf"(?P<start>\d+-\d+ - .+? - {DATE})(?P<rest>\Z| - .+)", re.DOTALL)


@dataclass(frozen=True)
class Place:
    """Where a student's page goes in the zip, and in which form."""

    name: str
    form: Callable[[Path], bytes]
    """Makes the file's content of the page, whose path comes without its ending."""


def moodle_place(entry: Entry, uploads: Sequence[str]) -> Place | None:
    """Return the place in Moodle's zip; None if the importer would not find, or not surely find, the student."""
    for name in uploads:
        if match := _MOODLE.fullmatch(name):
            flat = match["rest"] not in ("", "_")
            return Place(f"{match['start']}_{_PAGE}" if flat else f"{name}/{_PAGE}", _html)
    number = entry.ids.get("moodle_participant", "")  # from a roster, if another LMS has the uploads
    if any("_assignsubmission_" in name for name in uploads) or not number.isdecimal():
        return None
    name = re.sub(r"[_/\\\x00-\x1f]+", " ", entry.name).strip()
    return Place(f"{name or 'student'}_{number}_assignsubmission_file_/{_PAGE}", _html)


def canvas_place(entry: Entry, uploads: Sequence[str]) -> Place | None:
    """Return the place in Canvas's zip; see `moodle_place`."""
    for ending, form in ((".py", _python_comment), (".txt", _text), (".md", _text), (".zip", _zipped)):
        for name in uploads:
            if name.lower().endswith(ending) and (found := _canvas_name(name, entry.ids.get("canvas_user", ""))):
                return Place(found, form)
    return None


def _canvas_name(name: str, user: str) -> str:
    """Return the name with the user's id as its first number and a file's as its second; "" if it has no such pair.

    A team's name may hold numbers before them (group_7_50123_900001_main.py): they are tied to it by hyphens.
    """
    parts = name.split("_")
    numbers = [part.isascii() and part.isdecimal() for part in parts]
    at = next((at for at, part in enumerate(parts[:-1]) if part == user and numbers[at + 1]), None)
    if at is None:
        return ""
    return "_".join(parts if not any(numbers[:at]) else ["-".join(["team", *parts[:at]]), *parts[at:]])


def brightspace_place(entry: Entry, uploads: Sequence[str]) -> Place | None:
    """Return the place in Brightspace's zip; see `moodle_place`."""
    for name in uploads:
        if match := _BRIGHTSPACE.fullmatch(name):
            return Place(f"{match['start']} - {_PAGE}" if match["rest"] else f"{name}/{_PAGE}", _html)
    return None


PLACES: dict[str, Callable[[Entry, Sequence[str]], Place | None]] = {
    "moodle": moodle_place,
    "canvas": canvas_place,
    "brightspace": brightspace_place,
}
"""LMS -> where a student's page goes in its zip."""
HOW = {
    "moodle": (
        "In Moodle: Grading action, Upload multiple feedback files in a zip. In team work, try one team first: older "
        "versions take a team's number for a student's."
    ),
    "canvas": (
        "In Canvas: Gradebook, the assignment's menu, Upload Submissions. Canvas names each file like the one "
        "that the student handed in, and tells which ones it ignored."
    ),
    "brightspace": "In Brightspace: the assignment's submissions, Add Feedback Files. Try it with one student first.",
}


def feedback_zip(
    lms: str, marks: Iterable[Mark], uploads: Mapping[str, Sequence[str]], folder: Path
) -> tuple[bytes, list[str]]:
    """Return the zip for the bulk upload of `lms`, and sentences for the instructor. Raises OSError.

    uploads: key -> the names in the download. folder: has each student's page, KEY.html and KEY.md.
    """
    places: defaultdict[str, list[tuple[Mark, Place]]] = defaultdict(list)
    left_out: defaultdict[str, list[str]] = defaultdict(list)
    for mark in marks:
        who = f"{mark.entry.name} ({mark.entry.key})"
        if place := PLACES[lms](mark.entry, uploads.get(mark.entry.key, ())):
            places[place.name].append((mark, place))
        else:
            left_out["no name of the download by which it could be found"].append(who)
    data, count = io.BytesIO(), 0
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, theirs in sorted(places.items()):
            if len(theirs) > 1 and any(mark.decisions for mark, _ in theirs):
                why = "several people share the upload, and what was decided about one is not for the others"
                left_out[why] += [f"{mark.entry.name} ({mark.entry.key})" for mark, _ in theirs]
                continue
            mark, place = theirs[0]
            page = folder / mark.entry.key
            if not page.with_name(f"{page.name}.html").exists():
                left_out["they have no page yet: run grade class again"].append(f"{mark.entry.name} ({mark.entry.key})")
                continue
            archive.writestr(zipfile.ZipInfo(name, _DATE), place.form(page), zipfile.ZIP_DEFLATED)
            count += 1
    told = [f"Feedback files: {count}. {HOW[lms]}"]
    return data.getvalue(), told + [f"Left out, {why}: {', '.join(names)}." for why, names in left_out.items()]


def _html(page: Path) -> bytes:
    return page.with_name(f"{page.name}.html").read_bytes()


def _text(page: Path) -> bytes:
    return page.with_name(f"{page.name}.md").read_bytes()


def _python_comment(page: Path) -> bytes:
    text = _text(page).decode("utf-8", "replace")
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines()).encode()


def _zipped(page: Path) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(_PAGE, _DATE), _html(page), zipfile.ZIP_DEFLATED)
    return data.getvalue()
