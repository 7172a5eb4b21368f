"""Describe a request and its answer in a line or two, for the message of a broken contract."""

from __future__ import annotations

import re

import httpx

from grading.results.failure import EXPLANATION, LONGEST, MISSING_AWAIT, PRINTED, Explanation, hide_canaries

_SHOWN = 160  # characters of a body: enough to recognise it, in two lines of a terminal
_RUN = re.compile(r"(.)\1{39,}", re.DOTALL)  # the same character many times


def shorten(text: str) -> str:
    """Return the text in one line of at most about 160 characters, printable."""
    start = text[:LONGEST]
    if len(start) > _SHOWN:
        start = _RUN.sub(lambda run: f"{run[1] * 5}…(x{len(run[0]):,})", start)
    start = hide_canaries(start)[: _SHOWN + 1]
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in start)
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 30]} … ({len(text):,} characters)"


def body_text(answer: httpx.Response) -> str:
    """Return the body as text. `answer.text` would trust whatever charset the program names."""
    return answer.content.decode("utf-8", "replace")


def explanation_of(answer: httpx.Response) -> Explanation:
    """Return the explanation of the exception behind the answer; an empty one if there was none."""
    explanation: Explanation = answer.extensions.get(EXPLANATION, Explanation())
    return explanation


def printed_during(answer: httpx.Response | None) -> str:
    """Return the last lines that the program printed while it answered; "" where that is not known."""
    lines = str(answer.extensions.get(PRINTED, "")).splitlines() if answer is not None else ()
    return "\n".join(shorten(line) for line in lines if line.strip())


def describe_request(answer: httpx.Response) -> str:
    """Return method, path, query and body of the request that `answer` belongs to."""
    request = answer.request
    query = f"?{request.url.query.decode()}" if request.url.query else ""
    return f"{request.method} {request.url.path}{query} {shorten(request.content.decode('utf-8', 'replace'))}".rstrip()


def describe_answer(answer: httpx.Response) -> str:
    """Return status and body, shortened, and below it the exception that the program did not catch."""
    text = f"{answer.status_code} {shorten(body_text(answer))}".rstrip()
    why = explanation_of(answer).text or _advice(answer, text)
    return f"{text}\n{why}" if why else text


def _advice(answer: httpx.Response, text: str) -> str:
    """Return what an answer without an exception shows of a common mistake; "" for others."""
    if "<coroutine object" in text:
        return MISSING_AWAIT
    if answer.status_code != 200:
        return ""
    body = answer.content.strip()
    if b'"choices":' in body and b'"message":' in body:
        return "This is the whole completion: its text is in completion.choices[0].message.content."
    if body.startswith(b'{"status_code":') and b'"detail":' in body:
        return "An HTTPException is raised, not returned: raise HTTPException(...)."
    return ""
