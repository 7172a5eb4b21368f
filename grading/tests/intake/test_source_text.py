"""How a program that Python can't read is told, in words and with a caret."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from grading.intake.collection import SubmissionError
from grading.intake.source_text import MAX_PROGRAM, check_program, describe_syntax_error


def refusal(source: bytes) -> SubmissionError:
    with pytest.raises(SubmissionError) as caught:
        check_program(source)
    return caught.value


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"x = 1",
        b"x = 1\r\ny = 2\r\n",
        b"\xef\xbb\xbfx = 'utf-8 with a mark'\n",
        "x = 'grüße 中文 🙂'\n".encode(),
        "# -*- coding: latin-1 -*-\nx = 'grüße'\n".encode("latin-1"),
        b"raise SystemExit('never run')\n",
        b"from __future__ import annotations\n",
    ],
)
def test_program_that_python_reads(source: bytes) -> None:
    check_program(source)


def test_warnings_are_neither_printed_nor_errors(capfd: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        check_program(b"x = '\\d' is 'd'\nassert (x, 'always')\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_program(b"x = '\\d' is 'd'\nassert (x, 'always')\n")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("source", "line", "excerpt"),
    [
        (b"x = 1\nprint((x)\n", 2, "    print((x)\n         ^\n"),
        (b"x = (\n\n", 1, "    x = (\n        ^\n"),
        ("print('é' 1)\n".encode(), 1, "    print('é' 1)\n          ^\n"),
        ("é = 'ü'; return é\n".encode(), 1, "    é = 'ü'; return é\n             ^\n"),
        ("中 = '中'; return\n".encode(), 1, "    中 = '中'; return\n               ^\n"),
        (b"\xef\xbb\xbfx = = 1\n", 1, "    x = = 1\n        ^\n"),
        (b"\xef\xbb\xbfreturn\n", 1, "    return\n    ^\n"),
        (b"a = 1\r\nb = = 2\r\n", 2, "    b = = 2\n        ^\n"),
        (b"if x:\n\tprint(= 1)\n", 2, "        print(= 1)\n              ^\n"),
        (b"class A:\n    def f(self):\n        break\n", 3, "            break\n            ^\n"),
        (b"x = 1\n  y = 2\n", 2, "      y = 2\n      ^\n"),
    ],
)
def test_caret_is_below_the_place(source: bytes, line: int, excerpt: str) -> None:
    error = refusal(source)
    assert error.reason == "syntax_error"
    assert f"main.py has a syntax error on line {line}: " in str(error)
    assert excerpt in str(error)


def test_indentation_gets_advice_of_its_own() -> None:
    assert "start with the same spaces" in str(refusal(b"def f():\nreturn 1\n"))


def test_the_line_never_comes_from_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some of Python's errors have no line with them, and Python looks for a file of the same name."""
    monkeypatch.chdir(tmp_path)
    Path("main.py").write_text("secret = 1\n")
    assert "    return 2\n" in str(refusal(b"return 2\n"))


def test_long_line_is_cut_around_the_caret() -> None:
    told = str(refusal(b"x = [" + b"1, " * 9000 + b"= 2]\n"))
    excerpt, caret = told.splitlines()[1:3]
    assert len(excerpt) < 90
    assert excerpt[caret.index("^")] == "="


def test_terminal_codes_in_the_line_are_not_obeyed() -> None:
    told = str(refusal(b"x = '\x1b[2J' \x1b]0;title\x07 = = 1\n"))
    assert all(c.isprintable() or c == "\n" for c in told)


@pytest.mark.parametrize(
    ("source", "reason", "where"),
    [
        ("x = 1\n# grüße\n".encode("latin-1"), "not_utf8", "0xFC at offset 10, line 2"),
        (b"x = 1\n\xff\n", "not_utf8", "0xFF at offset 6, line 2"),
        ("x = 1\n".encode("utf-16"), "not_utf8", "offset 0, line 1"),
        (b"\xef\xbb\xbfx = 1\n# \xe9\n", "not_utf8", "0xE9 at offset 11, line 2"),
        (b"# coding: ascii\n# \xe9\n", "not_utf8", "0xE9 at offset 18, line 2"),
        (b"x = 1\n\0", "not_text", "a NUL byte at offset 6, line 2"),
        (b"x = 1\n# \0\n", "not_text", "a NUL byte at offset 8, line 2"),
        ("x = 1\n".encode("utf-16-le"), "not_text", "a NUL byte at offset 1, line 1"),
    ],
)
def test_bytes_that_are_no_text(source: bytes, reason: str, where: str) -> None:
    error = refusal(source)
    assert error.reason == reason
    assert where in str(error)
    assert "Save it as UTF-8" in str(error)


@pytest.mark.parametrize("cookie", [b"klingon", b"rot13", b"zlib", b"punycode"])
def test_encoding_that_python_does_not_take(cookie: bytes) -> None:
    assert refusal(b"# coding: " + cookie + b"\nx = 1\n").reason in {"syntax_error", "not_utf8"}


DEEP = [b"-" * 100_000 + b"1", b"1" + b"+1" * 100_000, b"x" + b".x" * 100_000, b"not " * 50_000 + b"1", b"(" * 1000]


@pytest.mark.parametrize("source", DEEP, ids=["minus", "plus", "dots", "not", "brackets"])
def test_nested_too_deeply(source: bytes) -> None:
    assert refusal(source).reason in {"too_complex", "syntax_error"}


def test_program_as_large_as_a_library() -> None:
    assert refusal(b"#" * (MAX_PROGRAM + 1)).reason == "too_large"


# Errors that come from elsewhere: a module beside main.py that fails at import.


def test_error_of_a_sibling_names_its_file_without_the_path(tmp_path: Path) -> None:
    path = tmp_path / "models.py"
    path.write_text("x = 1\nx = = 2\n")
    with pytest.raises(SyntaxError) as caught:
        compile(path.read_text(), str(path), "exec")
    told = describe_syntax_error(caught.value)
    assert told.startswith("models.py has a syntax error on line 2: ")
    assert "    x = = 2\n        ^\n" in told
    assert str(tmp_path) not in told


@pytest.mark.parametrize(
    "details",
    [
        (),
        (None, None, None, None),
        (b"x", "one", "two", 3),
        ("", 0, 0, ""),
        ("m.py", -1, -1, "x"),
        ("m.py", 10**5000, 10**5000, "x" * 10**6),
        ("m.py", 1, -(10**9), "x\ny"),
    ],
)
@pytest.mark.parametrize("message", ["made up", None, "\x1b[2J" * 1000])
def test_error_that_a_program_made_up_itself(details: tuple[object, ...], message: object) -> None:
    made_up: SyntaxError = SyntaxError(*(message, details)) if details else SyntaxError()  # type: ignore[call-overload]
    told = describe_syntax_error(made_up)
    assert "has a syntax error" in told
    assert len(told) < 1500
    assert all(c.isprintable() or c == "\n" for c in told)


@pytest.mark.parametrize(
    ("source", "advice"),
    [
        ("x = “hi”\n", "Type plain quotes"),
        ("x =\u00a01\n", "Delete it and type it again"),
        ("```python\nx = 1\n```\n", "Delete the lines that begin with ```"),
        (">>> x = 1\n", "Delete the >>>"),
        ("<<<<<<< HEAD\nx = 1\n", "Git left this mark"),
        ("def f():\n    await g()\n", "Write `async def`"),
        ("x = = 1\n", "Look at this line. ("),
        ("y = 1\nx = = 1\n", "Look at this line and the one above it."),
    ],
)
def test_what_a_chat_an_editor_or_git_leaves_has_advice_of_its_own(source: str, advice: str) -> None:
    assert advice in str(refusal(source.encode()))
