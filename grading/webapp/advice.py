"""Program's side. Nothing here is trusted: the usual way out of a student's exception, in a line."""

from __future__ import annotations

import ast
import builtins
import contextlib
import difflib
import linecache
import re
import sys
import traceback
from types import FrameType
from typing import Any

from grading.results.failure import MISSING_AWAIT
from grading.webapp.frameworks import EXTRA, about_package

# A file beside main.py with such a name hides the package from every import, outside the kit as well.
PACKAGES = ("fastapi", "httpx", "litellm", "openai", "pydantic", "starlette", "uvicorn")
NOT_CAUGHT = "There is a `try` around it,"
"""How the advice begins about an `except` that catches something else."""

# Modules in which a name that was not imported is looked for, the likeliest first.
_USUAL = ("fastapi", "fastapi.responses", "pydantic", "litellm", "typing", "contextlib", "dotenv", "starlette.requests")
_LITELLM = (
    "LiteLLM is not a model: there is nothing to load and no class to create. "
    "`import litellm`, then call `await litellm.acompletion(...)` or `litellm.completion(...)`."
)
_CALLS = ("acompletion", "completion", "atext_completion", "text_completion", "aresponses", "responses")
_MESSAGES = 'messages is a list of dicts: messages=[{"role": "user", "content": user_input.message}]'
_ADVICE = (
    ("relative import", "main.py is not in a package: write `from name import …`, without the dot."),
    ("coroutine", MISSING_AWAIT),
    (
        r"'await' expression|can't be awaited",
        "This call is not async, so there is nothing to await: remove `await`, or call an async function. "
        "LiteLLM's is litellm.acompletion.",
    ),
    ("running event loop", "A server already runs in an event loop: write `await …` instead of asyncio.run(…)."),
    ("^KeyError: .*_API_KEY", "LiteLLM reads the key itself when you call a model: your program does not need to."),
    (r": FastAPI\.\w+\(\) missing 1 ", "FastAPI is a class, not an app: write app = FastAPI(), with parentheses."),
    ("must derive from BaseException", 'raise needs an exception: raise HTTPException(502, "a sentence").'),
    (
        r": '(ModelResponse|Choices|Message)' object|input_value=(ModelResponse|Choices|Message)\(",
        "The text is in completion.choices[0].message.content.",
    ),
    ("^EOFError", "A server has no keyboard: the user's text comes in the request, as user_input.message."),
    (r"^APIConnectionError: .*'str' object has no attribute", _MESSAGES),
    (
        r"^OpenAIError: .*api_key|^APIRemovedInV1",
        "This is OpenAI's own client, which knows one provider and wants its key. "
        "LiteLLM takes its place: litellm.acompletion(model=…, messages=[…]).",
    ),
)
"""A regular expression for "Class: text" of an exception, and the advice about it; the first that matches wins."""


def advice(error: BaseException, code: str, frame: FrameType, line: int) -> str:
    """Return a line of advice about a well-known mistake, or ""."""
    text, name = str(error), getattr(error, "name", None) or ""
    if isinstance(error, ModuleNotFoundError):
        return _about_package(name)
    if found := re.match(r"cannot import name '(\w+)' from '([\w.]+)'", text):
        return _about_import(*found.groups())
    if isinstance(error, NameError) and name:
        return _about_name(name, frame)
    if isinstance(error, OSError) and _starts_a_process(error):
        return "While it is graded, your program may not start other processes, nor share a lock or memory with them."
    if isinstance(error, AttributeError) and re.match("(module 'litellm'|'LiteLLM' object) has no", text):
        return _about_litellm(name)
    if isinstance(error, KeyError) and ("environ" not in code or _near_miss(code)):
        return _near_miss(code)
    said = f"{type(error).__name__}: {text}"
    known = next((advice for sign, advice in _ADVICE if re.search(sign, said, re.DOTALL)), "")
    if known or not isinstance(error, sys.modules["openai"].APIError if "openai" in sys.modules else ()):
        return known
    return _near_miss(_source(frame)) or _about_except(error, frame, line)


def result_sentence(error: BaseException) -> str:
    """Say what a function returned that does not fit its type, for FastAPI's ResponseValidationError; else ""."""
    if type(error).__name__ != "ResponseValidationError":
        return ""
    returned = getattr(error, "body", None)
    problems: list[dict[str, Any]] = list(getattr(error, "errors", list)())
    name = str((getattr(error, "endpoint_ctx", None) or {}).get("function") or "")
    function = f"Your function {name}" if name else "The function of your route"
    if returned is None:
        return f"{function} returned None, which does not match its type. Does every path through it end with `return`?"
    if isinstance(returned, BaseException):
        kind = type(returned).__name__
        return f"{function} returned {kind} as if it were an answer. Raise it: raise {kind}(...)."
    field = next((str(problem["loc"][-1]) for problem in problems if len(problem.get("loc", ())) > 1), "")
    if isinstance(returned, dict) and field and field not in returned:
        keys = ", ".join(map(str, list(returned)[:5])) or "no keys at all"
        return f"{function} returned a dict with {keys}; its type requires the key {field}."
    what = type(next((problem.get("input") for problem in problems), returned)).__name__
    where = f": {field} is of type {what}" if field else f": it is of type {what}"
    return f"{function} returned something that does not match its type{where}."


def _about_litellm(name: str) -> str:
    close = difflib.get_close_matches(name, _CALLS, n=1, cutoff=0.75)
    return f"Did you mean litellm.{close[0]}?" if close else _LITELLM


def _near_miss(code: str) -> str:
    """Return a question if `code` reads an environment variable whose name is nearly LLM_MODEL."""
    names = re.findall(r"(?:environ|getenv)[^\n]{0,9}?[\[(]\s*[\"'](\w+)[\"']", code)
    wrong = [name for name in names if name != "LLM_MODEL" and difflib.get_close_matches(name, ["LLM_MODEL"], 1, 0.75)]
    return f"The variable is LLM_MODEL. Did you mean that by {wrong[0]}?" if wrong else ""


def _source(frame: FrameType) -> str:
    return "".join(linecache.getlines(frame.f_code.co_filename))


def _about_except(error: BaseException, frame: FrameType, line: int) -> str:
    """Say why the `try` around the line did not catch an exception of LiteLLM's; "" if there is none around it."""
    with contextlib.suppress(SyntaxError, ValueError, RecursionError):
        for node in ast.walk(ast.parse(_source(frame))):
            if isinstance(node, ast.Try) and node.body[0].lineno <= line <= (node.body[-1].end_lineno or 0):
                named = [ast.unparse(handler.type) for handler in node.handlers if handler.type is not None]
                caught = " and ".join(named) or "nothing"
                kind = type(error).__name__
                return (
                    f"{NOT_CAUGHT} in line {node.lineno}, but that catches {caught}: {kind} is not a "
                    "subclass of it. All that LiteLLM raises for a provider are subclasses of openai.APIError."
                )
    return ""


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
        return _about_litellm(name)
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
