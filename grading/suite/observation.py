"""What a failed test observed: what stays the same in every program with the same mistake (see `failure.Failure`).

Status codes, keys of the contract and kinds of values are kept; wording, names and lengths are left out.
"""

from __future__ import annotations

import re

import httpx

from grading.results.failure import hide_canaries
from grading.suite.describe import body_text, explanation_of
from grading.suite.json_body import NotJson, read_json

_KEYS = ("response", "detail", "choices")
_LEAK = re.compile(r"secret-…|\b(?:litellm|openai)\.")


def of_answer(answer: httpx.Response) -> str:
    """Return status, form of the body and class of the exception behind it: "500 text AttributeError"."""
    form = _refusal(answer) if answer.status_code == 422 else _form(answer)
    return " ".join(filter(None, (str(answer.status_code), form, explanation_of(answer).observation)))


def of_content(content: str, message: str) -> str:
    """Return what the model got in place of the user's message."""
    some = "a part of it" if "message-…" in hide_canaries(content) else ""
    got = "the message and more" if message in content else some
    signs = {"entities": r"&\w+;", "braces": r"\{\w"}
    return ", ".join(filter(None, (got, *(name for name, sign in signs.items() if re.search(sign, content)))))


def of_number(number: float) -> str:
    """Return the number if it is a kind of its own: 0, or LiteLLM's own time-out of 600 seconds; else N."""
    return f"{number:g}" if number in (0, 600) else "N"


def _refusal(answer: httpx.Response) -> str:
    """Return where FastAPI looked for something else than the message; the wording is free."""
    match read_json(answer):
        case {"detail": [{"loc": ["query", *_]}, *_]}:
            return "about the query"
        case {"detail": [{"loc": ["body", str(name), *_]}, *_]} if name != "message":
            return "about another field"
    return ""


def _form(answer: httpx.Response) -> str:
    body, text = read_json(answer), hide_canaries(body_text(answer))
    if isinstance(body, NotJson):
        return "no JSON" if text else "nothing"
    if not isinstance(body, dict):
        return _kind(body)
    known = [key for key in _KEYS if key in body]
    more = ["and more"] if 0 < len(known) < len(body) else []
    response = [_kind(body["response"])] if "response" in body else []
    return " ".join(["object", *known, *response, *more, *["leaks"] * bool(_LEAK.search(text))])


def _kind(value: object) -> str:
    """Return what kind of JSON value it is; of texts, which kind of text."""
    if not isinstance(value, str):
        return "null" if value is None else type(value).__name__
    if value.startswith('{"'):
        return "JSON in a text"
    if "<coroutine object" in value:
        return "coroutine"
    known = {"": "nothing", "None": "the word None"}
    return known.get(value) or ("answer-…" if re.fullmatch(r"[a-z]+-…", hide_canaries(value)) else "text")
