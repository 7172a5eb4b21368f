"""A class costs little: a submission is copied once, a result is read once, and only one result is in memory."""

from __future__ import annotations

import re
import weakref
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grading import KIT
from grading.classroom.store import Store
from grading.intake import submission as submission_module
from grading.results.result import Result
from grading.tests.classroom.class_command import a_class, grade_class, known
from grading.tests.classroom.known_grader import KnownGrader

__all__ = ["known"]  # a fixture

SIZE = 20


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count how often the files of a submission are read and copied, and a result file is read."""
    found: Counter[str] = Counter()

    def count(module: object, name: str, what: str) -> None:
        original: Callable[..., Any] = getattr(module, name)

        def counted(path: Path, *rest: Any) -> Any:
            found[what] += not what.startswith("result") or (path.parent.name == "results" and path.exists())
            return original(path, *rest)

        monkeypatch.setattr(module, name, counted)

    count(submission_module, "_read", "submission read")
    count(submission_module, "_write", "submission copied")
    count(Path, "read_bytes", "result read")
    return found


def test_a_submission_is_copied_once_and_a_result_is_read_once(
    tmp_path: Path, known: list[KnownGrader], counts: Counter[str]
) -> None:
    source = a_class(tmp_path / "class", {f"s{number}": b"app = %d\n" % number for number in range(SIZE)})
    grade_class(source, "--out", tmp_path / "out")
    # Read to plan, and read and copied to be graded.
    assert counts == {"submission read": 2 * SIZE, "submission copied": SIZE, "result read": SIZE}
    counts.clear()
    grade_class(source, "--out", tmp_path / "out")
    # The result is read once to plan, and once for the outputs.
    assert counts == {"submission read": SIZE, "result read": 2 * SIZE}


def test_only_one_result_is_in_memory(
    tmp_path: Path, known: list[KnownGrader], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = a_class(tmp_path / "class", {f"s{number}": b"app = %d\n" % number for number in range(SIZE)})
    grade_class(source, "--out", tmp_path / "out")
    alive: weakref.WeakSet[Result] = weakref.WeakSet()
    most = 0

    def read(self: Store, key: str) -> Result | None:
        nonlocal most
        result = original(self, key)
        assert result is not None
        alive.add(result)
        most = max(most, len(alive))
        return result

    original = Store.read
    monkeypatch.setattr(Store, "read", read)
    monkeypatch.setattr(Result, "__hash__", object.__hash__)  # its versions are a dict
    assert "To grade: 0." in grade_class(source, "--out", tmp_path / "out")
    assert 1 <= most <= 2  # the next one is read before the last one is let go


def test_partners_who_handed_in_one_submission_are_no_similar_pair(tmp_path: Path, known: list[KnownGrader]) -> None:
    pytest.importorskip("copydetect")
    program = (KIT / "solution" / "main.py").read_bytes()
    source = a_class(tmp_path / "class", {"submission_7": program, "submission_8": b"# mine\n" + program})
    submitters = "".join(f"  - :name: {name}\n" for name in ("anna", "bert"))
    (source / "submission_metadata.yml").write_text(
        f"submission_7:\n  :submitters:\n{submitters}submission_8:\n  :submitters:\n  - :name: zoe\n"
    )
    grade_class(source, "--out", tmp_path / "out")
    page = (tmp_path / "out" / "class-report.html").read_text(encoding="utf-8")
    pairs = page.partition('id="similar"')[2]
    assert re.findall("<h3>(.*?)</h3>", pairs) == ["anna; zoe"]
    assert "bert" not in pairs
