"""Files stay short enough to be read as one idea."""

from __future__ import annotations

from grading import KIT

LONGEST = 300  # lines
OURS = ("grading", "tests", "solution", "starter", "notebooks")


def test_no_python_file_is_longer_than_a_reader_can_follow() -> None:
    lengths = {
        path.relative_to(KIT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for folder in OURS
        for path in (KIT / folder).rglob("*.py")
    }
    assert len(lengths) > 500
    assert {file: length for file, length in lengths.items() if length > LONGEST} == {}
