"""Canvas, "Download Submissions": name_userid_attachmentid_filename, all in one folder.

LATE stands after the name of who was late; anon_anonymousid_… if the assignment is anonymous; name_userid_text.html and
…_link.html for text typed into Canvas. Groups have the group's name, and the id of one member. Source:
lib/content_zipper.rb of instructure/canvas-lms.

Canvas takes numbers between underscores out of names, but not a number at a name's end (group_7_50123_900001_main.py),
and students choose file names and often groups' names. So a name is read in all possible ways; the ids of attachments,
which never repeat, and the numbers of digits of the ids that are sure leave one of them, or the file is nobody's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from grading.classroom.download import Download, Item
from grading.classroom.entry import Entry
from grading.classroom.layouts.by_student import Upload, by_student
from grading.classroom.layouts.new_entry import make_entry, misfit

_ANONYMOUS = re.compile(
    r"(?P<late>LATE_)?anon_(?P<id>[A-Za-z0-9]+)_(?:\d+_(?P<file>.+)|(?:text|link)\.html)", re.DOTALL
)
_USER = re.compile(
    r"(?P<late>_LATE)?_(?P<user>\d+)(?=_(?:(?P<attachment>\d+)_(?P<file>.+)|(?:text|link)\.html\Z))", re.DOTALL
)
_MOST = 12  # ways to read one name: each is a pair of numbers in it


@dataclass(frozen=True)
class _Way:
    """One way to read a name. attachment, file: "" for a text typed into Canvas."""

    name: str
    user: str
    attachment: str
    file: str
    late: bool


def entries(download: Download) -> Iterator[Entry]:
    """Yield one entry per student or group, and one per name that can't be read in just one way."""
    anonymous = 2 * sum(_ANONYMOUS.fullmatch(item.name) is not None for item in download.items) > len(download.items)
    ways, uploads, others = dict[Item, list[_Way]](), list[Upload](), list[Entry]()
    for item in download.items:
        hidden = _ANONYMOUS.fullmatch(item.name)
        if hidden and (anonymous or hidden["late"] or not hidden["id"].isdecimal()):
            name, late = f"anonymous {hidden['id']}", bool(hidden["late"])
            uploads.append(Upload(item, name, "canvas_anonymous", hidden["id"], hidden["file"], late))
        elif found := _ways(item.name):
            ways[item] = found
        else:
            others.append(misfit(item, "Canvas"))
    _rule_out(ways, {id for kind, id in download.known if kind == "canvas_user"})
    for item, found in ways.items():
        if len(found) == 1:
            [way] = found
            name = way.name or f"user {way.user}"
            uploads.append(Upload(item, name, "canvas_user", way.user, way.file or None, way.late))
        else:
            users = " or ".join(way.user for way in found) or "nobody's"
            told = f"Its name can be read in {len(found)} ways: the user's id may be {users}."
            told += " Rename it, or give --roster FILE.csv with Canvas's ids, and run this again."
            others.append(make_entry(item, item.path, item.name, problem=item.problem or told))
    yield from by_student(uploads, "Canvas", download.place)
    yield from others


def recognised(download: Download) -> int:
    """Return how many of the items have a name as Canvas makes it."""
    return sum(bool(_ANONYMOUS.fullmatch(item.name) or _ways(item.name)) for item in download.items)


def _ways(name: str) -> list[_Way]:
    found = []
    for match in _USER.finditer(name):
        way = _Way(
            name[: match.start()], match["user"], match["attachment"] or "", match["file"] or "", bool(match["late"])
        )
        found.append(way)
        if len(found) > _MOST:
            return []
    return found


def _rule_out(ways: dict[Item, list[_Way]], class_ids: set[str]) -> None:
    """Keep, of each name, the one way that fits the other names; leave those of which that can't be said."""
    twice = Counter((way.name, way.user, way.attachment) for found in ways.values() for way in found if way.attachment)
    for item, found in ways.items():
        left = [way for way in found if twice[way.name, way.user, way.attachment] < 2]
        ways[item] = left if len(found) > 1 and len(left) == 1 else found
    sure = [found[0] for found in ways.values() if len(found) == 1]
    users, attachments = _digits(way.user for way in sure), _digits(way.attachment for way in sure) | {0}
    for item, found in ways.items():
        fits = [way for way in found if len(way.user) in users and len(way.attachment) in attachments]
        if class_ids:
            fits = [way for way in found if way.user in class_ids]
        if len(fits) == 1 and fits[0] in _possible(found):
            ways[item] = fits


def _possible(found: list[_Way]) -> list[_Way]:
    """Return the ways that Canvas can have made: a name ends in one number at most; the rest is the student's."""
    first, *others = found
    return [first, *(way for way in others[:1] if way.name == f"{first.name}_{first.user}")]


def _digits(ids: Iterable[str]) -> set[int]:
    return {len(id) for id in ids}
