"""What a student sent is compiled in a child with limits, so that a costly source costs nobody else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from grading.intake import compiling
from grading.intake.collection import SubmissionError
from grading.intake.compiling import TooComplex, compile_source
from grading.intake.source_text import check_program


def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str) -> None:
    """Put a child in the compiler's place that sets its limits as the real one does, then runs `body`."""
    child = tmp_path / "child.py"
    folder = str(compiling._CHILD.parent)
    start = f"import sys; sys.path.append({folder!r}); import compile_child; compile_child.SECONDS = 1"
    child.write_text(f"{start}; compile_child.limit(int(sys.argv[2]))\n{body}\n", encoding="utf-8")
    monkeypatch.setattr(compiling, "_CHILD", child)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds address space")
@pytest.mark.parametrize("body", ["kept = bytearray(900_000_000)", "while True: pass"], ids=["memory", "time"])
def test_a_compiler_that_eats_memory_or_time_ends_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str
) -> None:
    import resource

    stand_in(monkeypatch, tmp_path, body)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(SubmissionError, match="nested too deeply") as error:
        check_program(b"x = 1\n")
    assert error.value.reason == "too_complex"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


def test_a_compiler_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_in(monkeypatch, tmp_path, "import time; time.sleep(60)")
    monkeypatch.setattr(compiling, "_SECONDS", 0.5)
    with pytest.raises(TooComplex):
        compile_source(b"x = 1\n", "<main.py>")


@pytest.mark.parametrize(
    ("source", "kind"),
    [(b"x = (", SyntaxError), (b"if x:\npass", IndentationError), (b"if x:\n\ty\n        z", TabError)],
)
def test_an_error_keeps_its_kind_and_place(source: bytes, kind: type[SyntaxError]) -> None:
    error = compile_source(source, "<main.py>")
    assert type(error) is kind
    assert error
    assert error.lineno
    assert error.filename == "<main.py>"


def test_no_environment_or_folder_of_a_student_changes_the_child(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert compile_source(b"import os\n", "<main.py>") is None


@pytest.mark.parametrize("encoding", ["punycode", "rot13", "idna", "utf-7", "unicode_escape", "hex"])
def test_a_source_in_an_unusual_encoding_is_refused_before_it_is_decoded(encoding: str) -> None:
    with pytest.raises(SubmissionError, match="UTF-8") as error:
        check_program(f"# coding: {encoding}\nx = 1\n".encode())
    assert error.value.reason == "not_utf8"


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "shift_jis", "gbk", "utf-8-sig", "koi8-r", "euc-kr", "big5"])
def test_a_source_in_a_usual_encoding_is_read(encoding: str) -> None:
    check_program(f"# coding: {encoding}\nx = 1\n".encode(encoding))
