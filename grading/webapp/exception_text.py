"""Program's side. Nothing here is trusted: say an exception in words: what, in which line, and the usual way out.

Python's own sentence is kept, because learning to read it is part of the work; a line of advice follows if the mistake
is a common one. Frames of the harness and of libraries are never shown.
"""

from __future__ import annotations

import builtins
import difflib
import linecache
import os
import re
import sys
import traceback
from pathlib import Path
from types import FrameType

from grading.intake.source_text import describe_syntax_error
from grading.results.failure import MISSING_AWAIT, Explanation
from grading.webapp.frameworks import EXTRA, about_package

# A file beside main.py with such a name hides the package from every import, outside the kit as well.
PACKAGES = ("fastapi", "httpx", "litellm", "openai", "pydantic", "starlette", "uvicorn")

_LONGEST = 300  # characters of an exception's text
_FRAMES = 8  # of the student's own in a trace
# Modules in which a name that was not imported is looked for, the likeliest first.
_USUAL = ("fastapi", "fastapi.responses", "pydantic", "litellm", "typing", "contextlib", "dotenv", "starlette.requests")
_LITELLM = (
    "LiteLLM is no model: it has nothing to load and no class to create. "
    "`import litellm`, then call `await litellm.acompletion(...)` or `litellm.completion(...)`."
)
_ADVICE = (
    ("relative import", "main.py belongs to no package: write `from name import …`, without the dot."),
    ("^AttributeError: (module 'litellm'|'LiteLLM' object) has no", _LITELLM),
    ("coroutine", MISSING_AWAIT),
    ("running event loop", "A server runs in an event loop already: write `await …` instead of asyncio.run(…)."),
    ("^KeyError: .*_API_KEY", "LiteLLM reads the key by itself, when a model is called: the program need not."),
    (r": FastAPI\.\w+\(\) missing 1 ", "The class has no app in it yet: app = FastAPI(), with parentheses."),
    (
        r"^ResponseValidationError: .*HTTPException\(",
        "An HTTPException is raised, not returned: raise HTTPException(...).",
    ),
    ("must derive from BaseException", 'raise needs an exception: raise HTTPException(502, "a sentence").'),
    (": '(ModelResponse|Choices|Message)' object", "The text is in completion.choices[0].message.content."),
)
"""A regular expression for "Class: text" of an exception, and the advice about it; the first that matches wins."""


def explain(error: BaseException, folder: Path, trace: bool = False) -> Explanation:
    """Explain an exception of the program in `folder`; `trace` adds the callers in its files, innermost first."""
    return Explanation(_text(error, folder, trace), _observation(error))


def _observation(error: BaseException) -> str:
    """Return what the exceptions of all programs with this mistake have in common: the class, seldom more."""
    text, kind = str(error), _kind(error)
    if isinstance(error, ModuleNotFoundError):
        return f"{kind}: {error.name}"
    if re.match(r"(module|type object)? ?'(litellm|LiteLLM)'( object)? has no|cannot import .* from 'litellm'", text):
        return "litellm lacks a name"
    if isinstance(error, KeyError) and "_KEY" in text:
        return f"{kind}: a key"
    return f"{kind}: {text}" if isinstance(error, RuntimeError) else kind


def _kind(error: BaseException) -> str:
    """Return the name of its class; of LiteLLM's and OpenAI's, which have namesakes, with the package in front."""
    kind = type(error)
    package = kind.__module__.partition(".")[0]
    return f"{package}.{kind.__name__}" if package in ("litellm", "openai") else kind.__name__


def _text(error: BaseException, folder: Path, trace: bool) -> str:
    """Return a sentence, the student's line with a caret, and advice if there is any: a few lines."""
    if isinstance(error, SyntaxError) and isinstance(error.filename, str) and _own(error.filename, folder):
        return describe_syntax_error(error)
    frames = [(frame, line) for frame, line in traceback.walk_tb(error.__traceback__) if _own(_file(frame), folder)]
    if not frames:
        return _sentence(error, folder)
    place, code = _place(*frames[-1], folder)
    lines = [f"{place}: {_sentence(error, folder)}", f"    {code}"]
    name = getattr(error, "name", None)
    if isinstance(name, str) and (found := re.search(rf"\b{re.escape(name)}\b", code)):
        lines.append(f"    {' ' * found.start()}^")
    lines += filter(None, [_advice(error, code, frames[-1][0])])
    for frame, line in reversed(frames[-_FRAMES:-1] if trace else []):
        place, code = _place(frame, line, folder)
        lines += [f"called from {place}, in {frame.f_code.co_name}:", f"    {code}"]
    return "\n".join(lines)


def _own(file: str, folder: Path) -> bool:
    return Path(file).is_relative_to(folder)


def _file(frame: FrameType) -> str:
    return frame.f_code.co_filename


def _place(frame: FrameType, line: int, folder: Path) -> tuple[str, str]:
    """Return the file with the line number, and the code of that line."""
    name = Path(_file(frame)).relative_to(folder).as_posix()
    linecache.checkcache(_file(frame))
    return f"{name}, line {line}", linecache.getline(_file(frame), line).strip()


def _sentence(error: BaseException, folder: Path) -> str:
    """Return the exception's class and text in one line: no paths but those in `folder`, nothing random."""
    kind, text = _kind(error), str(error)
    if "." in kind:
        return f"{kind}, and nothing catches it"  # its text is the provider's, and long
    if isinstance(error, ImportError):
        text = re.sub(r" \((?:unknown location|[^()]*\.(?:py|so|pyd))\)", "", text)
    text = " ".join(text.replace(f"{folder}{os.sep}", "").split())
    text = re.sub(r"\b0x[0-9a-fA-F]+", "0x…", text.partition(" For further information visit")[0])
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
    return f"{kind}: {text}" if text else kind


def _advice(error: BaseException, code: str, frame: FrameType) -> str:
    """Return a line of advice about a well-known mistake, or ""."""
    text, name = str(error), getattr(error, "name", None) or ""
    if isinstance(error, ModuleNotFoundError):
        return _about_package(name)
    if found := re.match(r"cannot import name '(\w+)' from '([\w.]+)'", text):
        return _about_import(*found.groups())
    if isinstance(error, NameError) and name:
        return _about_name(name, frame)
    if isinstance(error, OSError) and _starts_a_process(error):
        return "Where your program is graded, it may start no other program or process."
    if isinstance(error, KeyError) and "environ" not in code:
        return ""
    said = f"{type(error).__name__}: {text}"
    return next((advice for sign, advice in _ADVICE if re.search(sign, said, re.DOTALL)), "")


def _starts_a_process(error: BaseException) -> bool:
    modules = {
        str(frame.f_globals.get("__name__")).partition(".")[0] for frame, _ in traceback.walk_tb(error.__traceback__)
    }
    return bool(modules & {"multiprocessing", "subprocess"})


def _about_package(name: str) -> str:
    plain = re.sub(r"[^a-z]", "", name.lower())
    if about := about_package(name):
        return about
    if close := difflib.get_close_matches(plain, (*PACKAGES, *EXTRA), n=1, cutoff=0.8):
        more = f" {_LITELLM}" if close == ["litellm"] else ""
        return f"The package is called {close[0]}.{more}"
    return f"There is no {name}.py beside main.py, and the kit installs no such package. Is the name spelled right?"


def _about_import(name: str, module: str) -> str:
    if module == "litellm":
        return _LITELLM
    if place := _home(name):
        return f"It is in another package: from {place} import {name}"
    close = difflib.get_close_matches(name, dir(sys.modules.get(module)), n=1)
    return f"Did you mean {close[0]}?" if close else ""


def _about_name(name: str, frame: FrameType) -> str:
    if name in PACKAGES or name in sys.stdlib_module_names:
        return f"The import is missing: import {name}"
    if place := _home(name):
        return f"The import is missing: from {place} import {name}"
    known = [*frame.f_locals, *frame.f_globals, *dir(builtins)]
    close = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {close[0]}?" if close else "A name must be assigned, defined or imported in a line above."


def _home(name: str) -> str:
    """Return the module that the name usually comes from; "" if there is none."""
    return next((module for module in _USUAL if hasattr(sys.modules.get(module), name)), "")
