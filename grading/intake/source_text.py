"""Check that Python can compile a program, and explain to a student why it can't. Nothing is run here."""

from __future__ import annotations

import ast
import codecs
import io
import re
import sys
import unicodedata
from pathlib import PurePath

from grading.intake.collection import SubmissionError
from grading.intake.compiling import MEMORY, TooComplex, compile_source
from grading.results.assignment import ASSIGNMENT
from grading.text import shown

MAX_PROGRAM = 500_000  # bytes of a program: compiling took up to 300 MB and a second for that (Python 3.10-3.13)
# Encodings that students' editors write, whose decoders take linear time: others can cost minutes for 500 kB.
_ENCODINGS = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp125\d|koi8-[ru]|mac-roman|gb2312|gbk|gb18030|big5|shift_jis|cp932|cp949|euc_(jp|kr)"
)
_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.DOTALL)  # PEP 263
_WIDTH = 80  # characters shown of a faulty line
_SAVE = "Save it as UTF-8: in Notepad by Save as, Encoding."
# Start of the line, or of Python's message about it -> what to do.
_ADVICE = {
    r"\s*```": "Delete the lines that begin with ```: they frame a chat's answer and are no Python.",
    r"\s*>>> ": "Delete the >>> in front of each line: an interpreter printed them.",
    r"<<<<<<< |>>>>>>> |=======$": "Git left this mark: keep one of the two versions, and delete the lines of marks.",
    r"invalid character '[“”„‘’«»]'": "Type plain quotes: \" or '. Chats and word processors make curly ones.",
    r"invalid non-printable character": "It looks like a space or like nothing. Delete it and type it again.",
    r"'await' outside async function": "Write `async def` where the function around it begins.",
}


def check_program(source: bytes, memory: int = MEMORY) -> None:
    """Compile `source`, a program's bytes (decoded as in PEP 263), in so many bytes of memory.

    Raises SubmissionError if that fails.
    """
    if len(source) > MAX_PROGRAM:
        told = f"{ASSIGNMENT.program} is larger than {MAX_PROGRAM // 1000} kB. Keep data in files of their own."
        raise SubmissionError("too_large", told)
    text = _decode(source)
    try:
        error = compile_source(source, f"<{ASSIGNMENT.program}>", memory)
    except TooComplex as problem:
        told = "It is nested too deeply, or one statement is far too long. Write it in shorter statements."
        raise SubmissionError("too_complex", f"Python gave up on reading {ASSIGNMENT.program}. {told}") from problem
    if error is not None:
        _add_line(error, text)
        raise SubmissionError("syntax_error", describe_syntax_error(error)) from error


def describe_syntax_error(error: SyntaxError) -> str:
    """Describe a syntax error to a student: what and where, the line with a caret, and what to do.

    The error may come from a student's program, so its attributes can have any type.
    """
    filename = error.filename if isinstance(error.filename, str) else "The program"
    line = error.lineno if isinstance(error.lineno, int) else 0
    place = f" on line {line}" if 0 < line < 10**9 else ""
    fault = shown(error.msg, 200).rstrip(".") if isinstance(error.msg, str) else "invalid syntax"
    end = "" if fault.endswith("?") else "."
    told = f"{shown(PurePath(filename).name.strip('<>'))} has a syntax error{place}: {fault}{end}\n"
    if isinstance(error.text, str) and error.text.strip():
        offset = error.offset if isinstance(error.offset, int) else 0
        if isinstance(error, IndentationError):  # Python points at various places, none of them the code
            offset = len(error.text) - len(error.text.lstrip()) + 1
        told += _excerpt(error.text, offset)
    if isinstance(error, IndentationError):
        told += "Lines that belong together start with the same spaces: four for each level, no tabs. "
    elif advice := _advice(fault, error.text):
        told += f"{advice} "
    elif place:
        told += "Look at this line and the one above it. " if line > 1 else "Look at this line. "
    # Newer versions accept what older ones reject.
    return f"{told}(Read with Python {sys.version_info.major}.{sys.version_info.minor}.)"


def _advice(fault: str, line: object) -> str:
    texts = [fault, line[:_WIDTH]] if isinstance(line, str) else [fault]
    return next((advice for sign, advice in _ADVICE.items() if any(re.match(sign, text) for text in texts)), "")


def inner_assignment(source: bytes, name: str) -> int | None:
    """Return the first line that assigns `name`, in a program without that name at its top level; None if none does."""
    stored = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name) and node.id == name]
    return min((node.lineno for node in stored if isinstance(node.ctx, ast.Store)), default=None)


def _excerpt(text: str, offset: int) -> str:
    """Return the first line of `text`, cut around character `offset` (1-based), with a caret below it."""
    line = text.strip("\r\n").partition("\n")[0].rstrip()
    column = min(offset - 1, len(line))
    start = max(0, column - _WIDTH * 3 // 4)
    excerpt = f"    {_drawn(line[start : start + _WIDTH])}\n"
    if column < 0:
        return excerpt
    # Chinese, Japanese and Korean characters and most emoji are two columns wide.
    width = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in _drawn(line[start:column]))
    return f"{excerpt}    {' ' * width}^\n"


def _drawn(code: str) -> str:
    return shown(code.replace("\t", "    "), limit=4 * _WIDTH)


def _decode(source: bytes) -> str:
    encoding = _declared(source)
    try:
        known = codecs.lookup(encoding).name
    except LookupError:  # compile() has a message for it
        encoding = known = "utf-8"
    if not _ENCODINGS.fullmatch(known.removesuffix("-sig")):
        told = f"{ASSIGNMENT.program} says that it is in {shown(encoding)}. {_SAVE} Delete the line with 'coding'."
        raise SubmissionError("not_utf8", told)
    try:
        text = source.decode(encoding)
    except UnicodeDecodeError as error:
        where = f"byte 0x{source[error.start]:02X} at offset {error.start}, line {_line(source, error.start)}"
        told = f"{ASSIGNMENT.program} can't be read as {encoding.upper()}: {where}. {_SAVE}"
        raise SubmissionError("not_utf8", told) from error
    if b"\0" in source:
        offset = source.index(b"\0")
        where = f"a NUL byte at offset {offset}, line {_line(source, offset)}"
        told = f"{ASSIGNMENT.program} is not plain text: {where}. {_SAVE}"
        raise SubmissionError("not_text", told)
    return text.removeprefix("\ufeff")


def _declared(source: bytes) -> str:
    """Return the encoding that the source names; tokenize.detect_encoding decodes a whole line with it, in any."""
    for line in source.split(b"\n", 2)[:2]:
        if found := _COOKIE.match(line.removeprefix(codecs.BOM_UTF8)):
            return found[1].decode("ascii")
        if line.partition(b"#")[0].strip():
            break
    return "utf-8"


def _line(source: bytes, offset: int) -> int:
    return len(source[: offset + 1].splitlines())


def _add_line(error: SyntaxError, text: str) -> None:
    """Add the line to errors of the compiler's later stages, which lack it and count columns in bytes of UTF-8."""
    lines = list(io.StringIO(text, newline=None))
    if error.text is None and error.lineno is not None and 0 < error.lineno <= len(lines):
        error.text = lines[error.lineno - 1]
        before = error.text.encode()[: max((error.offset or 0) - 1, 0)]
        error.offset = len(before.decode(errors="ignore")) + 1
