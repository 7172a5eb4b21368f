"""What the suite says when a program breaks the contract: four short parts, for a student.

sent:       POST /generate {"message": ""}
came back:  200 {"response": "…"}
expected:   422, because a blank message asks nothing
look at:    step 7 "Limit the input", or a hint: grade hint 7
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import NoReturn

import httpx

from grading.results.failure import _LONGEST, EXPLANATION, MISSING_AWAIT, ContractBroken, hide_canaries

_SHOWN = 160  # characters of a body in a message: enough to recognise it, in two lines of a terminal


_REDIRECTS = (301, 302, 303, 307, 308)

_RUN = re.compile(r"(.)\1{39,}", re.DOTALL)  # of the same character, many times


class Expect:
    """The suite's assertions. Each raises ContractBroken, with `look_at` as its last part."""

    def __init__(self, look_at: str) -> None:
        self.look_at = look_at

    def fail(self, answer: httpx.Response | None, expected: str, came_back: str = "", sent: str = "") -> NoReturn:
        """Raise ContractBroken; what is not given is read from `answer`."""
        raise ContractBroken(
            sent=sent or (describe_request(answer) if answer is not None else ""),
            came_back=came_back or (describe_answer(answer) if answer is not None else "nothing"),
            expected=expected,
            look_at=self.look_at,
        )

    def that(
        self, true: bool, answer: httpx.Response | None, expected: str, came_back: str = "", sent: str = ""
    ) -> None:
        """Demand that `true` holds."""
        if not true:
            self.fail(answer, expected, came_back, sent)

    def status(self, answer: httpx.Response, status: int, because: str = "") -> None:
        """Demand this status code."""
        self.that(answer.status_code == status, answer, f"{status}{because and f', {because}'}")

    def not_refused(self, answer: httpx.Response) -> None:
        """Demand that a good request was not turned away; what else is right about it, others test."""
        in_query = answer.status_code == 422 and '"query"' in answer.text
        elsewhere = "; the app's path is another one: is there a slash behind /generate?"
        why = {
            **dict.fromkeys(_REDIRECTS, elsewhere),
            404: '; the app has no route for it: is there @app.post("/generate") above a function, and one app only?',
            405: "; the app has this path, but not for POST: @app.post makes one",
            422: "; a plain parameter is looked for in the URL (query), a class made from BaseModel in the body"
            if in_query
            else "; its key is called message",
        }.get(answer.status_code, "")
        self.that(
            answer.status_code not in (*_REDIRECTS, 404, 405, 415, 422),
            answer,
            f"not an error of the client: this is a good request{why}",
        )

    def asked(self, answer: httpx.Response, requests: Sequence[object]) -> None:
        """Demand that the model was asked."""
        if not requests:
            body = describe_answer(answer).partition(" ")[2]
            came_back = f"{answer.status_code}; the model was never asked\n{body}".strip()
            self.fail(answer, "the model that LLM_MODEL names is asked, with a list of messages", came_back)

    def not_asked(self, answer: httpx.Response, requests: Sequence[object]) -> None:
        """Demand that the model was not asked, in vain."""
        came_back = f"{answer.status_code}, but the model was asked"
        self.that(not requests, answer, f"{answer.status_code} without asking the model, which costs", came_back)

    def times_out(self, answer: httpx.Response, seconds: float | None, expected: str) -> None:
        """Demand that a call to the model waits 60 seconds at most; None is for ever."""
        waits = "for ever" if seconds is None else f"{seconds:g} seconds"
        self.that(seconds is not None and seconds <= 60, answer, expected, f"a call that waits {waits}")

    def not_blocked(self, answer: httpx.Response, blocked: bool) -> None:
        """Demand that no call to the model held up the thread of the app's event loop."""
        self.that(not blocked, answer, "no call blocks the event loop", "a call that does: one without await")

    def json(self, answer: httpx.Response, expected: object, because: str = "") -> None:
        """Demand a JSON body that is exactly this value, types included."""
        found = read_json(answer)
        if not same_json(found, expected):
            wanted = shorten(json.dumps(expected, ensure_ascii=False))
            came_back = f"{describe_answer(answer)}\n{_difference(found, expected)}".rstrip()
            self.fail(answer, f"the JSON {wanted}{because and f', {because}'}", came_back)


class NotJson:
    """Stands for a body that is not JSON; equal to nothing else."""


def read_json(answer: httpx.Response) -> object:
    """Return the parsed body, or a NotJson object. Never raises, whatever the program sent."""
    try:
        return json.loads(answer.content.decode("utf-8"))
    except (ValueError, RecursionError):
        return NotJson()


def same_json(found: object, expected: object) -> bool:
    """Compare parsed JSON by value and exact type (True is not 1, 1.0 is not 1)."""
    if type(found) is not type(expected):
        return False
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(same_json(found[key], expected[key]) for key in found)
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(same_json, found, expected))
    return found == expected


def _difference(found: object, expected: object) -> str:
    """Say in a few words how an object with one text differs from the expected one; an empty text if it is unclear."""
    if not isinstance(expected, dict) or len(expected) != 1 or isinstance(found, NotJson):
        return ""
    ((key, wanted),) = expected.items()
    if found == wanted:
        return f"This is the bare text: it belongs into an object, under the key {key}."
    if found is None:
        return "This is what a function without `return` gives."
    if isinstance(found, str) and key in found:
        return "This is JSON inside a text: return the object itself, FastAPI makes the JSON of it."
    if not isinstance(found, dict):
        return ""
    if key not in found:
        return f"The key {key} is missing."
    text = found[key]
    if not isinstance(text, str):
        return f"Under the key {key} stands no text."
    if more := [shorten(name) for name in list(found)[:5] if name != key]:
        return f"It has more than the key {key}: {', '.join(more)}."
    if text == wanted.strip():
        return "The white space around the text is lost."
    text, wanted = hide_canaries(text[:_LONGEST]), hide_canaries(wanted)
    kept = next((n for n, (a, b) in enumerate(zip(text, wanted, strict=False)) if a != b), min(len(text), len(wanted)))
    if max(len(text) - 3, 1) <= kept < len(wanted):
        return f"The text ends after {kept:,} of {len(wanted):,} characters."
    return f"From character {kept + 1:,} on, it is another text." if 1 < kept < len(text) else "It is another text."


def shorten(text: str) -> str:
    """Return the text in one line of at most about 160 characters, printable."""
    start = text[:_LONGEST]
    if len(start) > _SHOWN:
        start = _RUN.sub(lambda run: f"{run[1] * 5}…(x{len(run[0]):,})", start)
    start = hide_canaries(start)[: _SHOWN + 1]
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in start)
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 30]} … ({len(text):,} characters)"


def describe_request(answer: httpx.Response) -> str:
    """Return method, path and body of the request that `answer` belongs to."""
    request = answer.request
    body = request.content.decode("utf-8", "replace")
    return f"{request.method} {request.url.path} {shorten(body)}".rstrip()


def describe_answer(answer: httpx.Response) -> str:
    """Return status and body, shortened, and below it the exception that the program did not catch."""
    text = f"{answer.status_code} {shorten(answer.content.decode('utf-8', 'replace'))}".rstrip()
    if explanation := answer.extensions.get(EXPLANATION):
        return f"{text}\n{explanation}"
    return f"{text}\n{MISSING_AWAIT}" if "<coroutine object" in text else text
