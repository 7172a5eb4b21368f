"""Similar submissions: a copy is found though it was dressed up; what everybody was given, or has, is no copy."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from grading import KIT
from grading.classroom.entry import Entry
from grading.intake.submission import SubmissionError, read_submission
from grading.pages import similarity
from grading.pages.similarity import INSTALL, Similarity, SimilarityUnavailable, SimilarPair
from grading.results.steps import STEPS

# The wrong and the hostile ones are in part made from each other.
GALLERY = sorted(path.parent for path in (KIT / "grading" / "gallery" / "correct").glob("*/main.py"))


def entry(path: Path, key: str = "") -> Entry:
    return Entry(key or path.name, path.name, path)


def similar_pairs(entries: Iterable[Entry]) -> list[SimilarPair]:
    """Compare the entries; those that can't be read are left out, as in a class."""
    compared = Similarity()
    for each in entries:
        with contextlib.suppress(SubmissionError):
            compared.add(each.key, read_submission(each.path))
    return compared.pairs()


def program(folder: Path, *texts: str) -> Path:
    folder.mkdir()
    (folder / "main.py").write_text("\n\n\n".join(texts), encoding="utf-8")
    return folder


def dressed_up(folder: Path) -> str:
    """The program with other names, other comments, and its functions in another order."""
    text = (folder / "main.py").read_text(encoding="utf-8")
    text = text.replace("message", "user_text").replace("completion", "reply").replace("detail", "what")
    head, *parts = text.split("\n\n\n")
    return "\n\n\n".join([head, *reversed(parts)]).replace("\n    ", "\n    # mine\n    ")


def test_programs_written_apart_are_not_similar() -> None:
    assert len(GALLERY) >= 15
    assert similar_pairs([entry(path) for path in GALLERY]) == []


def test_a_dressed_up_copy_is_found_among_all_others(tmp_path: Path) -> None:
    original = KIT / "grading" / "gallery" / "correct" / "exception_handlers"
    copy = program(tmp_path / "zzz", dressed_up(original))
    (found,) = similar_pairs([*map(entry, GALLERY), entry(copy)])
    assert found.keys == ("exception_handlers", "zzz")
    assert similar_pairs([entry(copy), *map(entry, reversed(GALLERY))]) == [found]


def test_what_everybody_was_given_is_no_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starter = (KIT / "starter" / "test_main.py").read_text(encoding="utf-8")
    hints = [row.hints[-1].replace("\n", "\n        ") for row in STEPS]
    # The same hints, each put into a place of the student's own.
    one = [f"async def step():\n        {hint}" for hint in hints]
    two = [f"class Step:\n    async def do(self, a, b=[1, 2]):\n        {hint}\n        b.append(a)" for hint in hints]
    students = [
        program(tmp_path / "one", starter, *filter(compiles, one)),
        program(tmp_path / "two", *filter(compiles, two), starter),
    ]
    monkeypatch.setattr(similarity, "LEAST_SHARE", 0.03)
    monkeypatch.setattr(similarity, "LEAST_PASSAGES", 2)
    assert similar_pairs(map(entry, students)) == []
    monkeypatch.setattr(similarity, "_given_texts", list)
    (found,) = similar_pairs(map(entry, students))
    assert found.passages > 50


def compiles(text: str) -> bool:
    try:
        compile(text, "text", "exec")
    except SyntaxError:
        return False
    return True


def test_a_passage_that_many_have_is_no_copy(tmp_path: Path) -> None:
    common = (KIT / "grading" / "gallery" / "correct" / "exception_handlers" / "main.py").read_text(encoding="utf-8")
    two = [entry(program(tmp_path / f"s{number}", common + f"# {number}")) for number in range(2)]
    assert len(similar_pairs(two)) == 1
    many = [entry(program(tmp_path / f"t{number}", common + f"# {number}")) for number in range(30)]
    assert similar_pairs(many) == []


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    broken = program(tmp_path / "broken", "def (")
    (tmp_path / "empty").mkdir()
    assert similar_pairs([entry(broken), entry(tmp_path / "empty"), entry(tmp_path / "nothing")]) == []


def test_without_the_extra_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "copydetect.utils", None)
    with pytest.raises(SimilarityUnavailable) as problem:
        similar_pairs([])
    assert str(problem.value) == INSTALL
