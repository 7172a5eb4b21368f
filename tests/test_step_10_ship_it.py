"""Step 10, bonus: a log line for each request, a health check, and streaming."""

from __future__ import annotations

import json
import re

import pytest

from grading.expectation import canary, shorten
from grading.litellm_environment import CANARY

pytestmark = pytest.mark.step(10)


@pytest.mark.worth(2)
def test_health_answers_without_the_model(client, provider, expect):
    """GET /health answers 200 {"status": "ok"} and asks no model."""
    answer = client.get("/health")
    expect.status(answer, 200)
    expect.json(answer, {"status": "ok"})
    expect.not_asked(answer, provider.requests)


@pytest.mark.worth(2)
def test_a_good_request_is_logged(client, expect, app_log):
    """A request leaves a log record with its outcome and its time."""
    answer = client.post("/generate", json={"message": canary("message")})
    _has_outcome_and_time(answer, expect, app_log)


@pytest.mark.worth(1)
def test_a_failed_request_is_logged(client, provider, expect, app_log):
    """A request that the provider fails, or that is refused, leaves a log record with its outcome and its time."""
    provider.fails(500)
    answer = client.post("/generate", json={"message": canary("message")})
    _has_outcome_and_time(answer, expect, app_log)
    before = len(app_log)
    answer = client.post("/generate", json={"message": " "})
    _has_outcome_and_time(answer, expect, app_log[before:])


@pytest.mark.worth(1)
def test_the_log_keeps_secrets(client, provider, expect, app_log):
    """Neither the message, nor the answer, nor a key stands in the log."""
    message, text = canary("m"), canary("a")  # short labels: a log of the first characters tells, too
    provider.answers(text)
    answer = client.post("/generate", json={"message": message})
    client.post("/generate", json={"message": message * 400})
    provider.fails(401, f"Incorrect API key provided: {CANARY}-openai-api-key.")
    client.post("/generate", json={"message": message})
    lines = [line for line in app_log if not line.of_library]
    expect.that(bool(lines), answer, "a log record for each request", came_back="no log record")
    _keeps_secrets(app_log, answer, expect, message[:10], text[:10])


@pytest.mark.worth(3)
def test_the_stream_has_the_whole_text(client, provider, expect, app_log):
    """POST /generate/stream sends the text in pieces, as server-sent events, and then [DONE]."""
    end, message = canary("answer"), canary("message")
    text = f"One, two,\nthree: é 語 😀 {end} "
    provider.answers(text)
    answer = client.post("/generate/stream", json={"message": message})
    expect.status(answer, 200)
    expect.asked(answer, provider.requests)
    expect.times_out(answer, provider.requests[0].timeout, "a time-out of at most 60 seconds, as for /generate")
    expect.that(
        provider.requests[0].messages[-1].content.strip() == message,
        answer,
        "the model gets the user's message as the content of the last message, as for /generate",
        came_back="the model was asked something else",
    )
    expect.not_blocked(answer, provider.blocked)
    kind = answer.headers.get("content-type", "")
    expect.that(
        kind.partition(";")[0].strip() == "text/event-stream",
        answer,
        "the content type text/event-stream",
        came_back=f"the content type {kind or '(none)'}",
    )
    events = _events(answer)
    last = f"a stream whose last event is data: {shorten(events[-1])}" if events else ""
    expect.that(events[-1:] == ["[DONE]"], answer, "a last event data: [DONE]", came_back=last)
    deltas = [_delta(event) for event in events[:-1]]
    expect.that(None not in deltas, answer, 'events of the form data: {"delta": "a piece of text"}')
    expect.that(len(deltas) > 1, answer, "one event for each piece of text", came_back=f"{len(deltas)} event")
    expect.that("".join(map(str, deltas)) == text, answer, "deltas that, joined, are the model's text")
    _keeps_secrets(app_log, answer, expect, message, end)


@pytest.mark.worth(1)
def test_the_stream_checks_its_input(client, provider, expect):
    """POST /generate/stream refuses what POST /generate refuses."""
    provider.answers("An answer in some pieces.")
    expect.status(client.post("/generate/stream", json={"message": canary("message")}), 200)
    provider.forget()
    for body in ({}, {"message": 5}, {"message": " "}, {"message": "a" * 4_001}):
        answer = client.post("/generate/stream", json=body)
        expect.status(answer, 422, "as for /generate")
    expect.not_asked(answer, provider.requests)
    provider.fails(401, f"Incorrect API key provided: {CANARY}-openai-api-key.")
    answer = client.post("/generate/stream", json={"message": canary("message")})
    said = "\n".join([answer.content.decode("utf-8", "replace"), *answer.headers.values()])
    expect.that(
        provider.secret not in said and CANARY not in said,
        answer,
        "nothing of the provider's message when the model fails, as for /generate",
    )


# Numbers that are no time: a protocol, an address, a request's number.
_NO_TIME = re.compile(r"HTTP/\d[.\d]*|\b\d+(?:\.\d+){3}(?::\d+)?|#\d+")


def _keeps_secrets(app_log, answer, expect, message, text):
    """No record holds any of these, or a key."""
    for line in app_log:
        for name, secret in (("the message", message), ("the answer", text), ("a key", CANARY)):
            expect.that(
                secret not in line.text,
                answer,
                "a log without messages, answers and keys: many people read logs",
                came_back=f"a log line with {name} in it, by the logger {line.logger}",
            )


def _has_outcome_and_time(answer, expect, app_log):
    """Some record has the status (or the class of an error) and, beside it, a number: the time."""
    outcome = re.compile(rf"\b{answer.status_code}\b|\b[A-Z]\w*(?:Error|Timeout|Exception)\b|\b(?:[A-Z][a-z]+){{2,}}\b")
    lines = [line.text for line in app_log if not line.of_library]
    for line in lines:
        rest, found = outcome.subn("", _NO_TIME.sub("", line), count=1)
        if found and re.search(r"\d", rest):
            return
    expect.fail(
        answer,
        "a log record, made through logging, with the outcome (status or error class) and the time it took, "
        "also for a request that fails: an exception leaves a function before its last line",
        came_back=f"{answer.status_code}, and {len(lines)} log records, none with both",
    )


def _events(answer):
    """Return the data of the server-sent events in the body (html.spec.whatwg.org, section 9.2.6)."""
    events = []
    for block in re.split(r"\r\n\r\n|\n\n|\r\r", answer.content.decode("utf-8", "replace")):
        data = [line[5:].removeprefix(" ") for line in block.splitlines() if line.startswith("data:")]
        if data:
            events.append("\n".join(data))
    return events


def _delta(event):
    """Return the piece of text in an event's data, or None if it has another form."""
    try:
        data = json.loads(event)
    except (ValueError, RecursionError):
        return None
    return data["delta"] if isinstance(data, dict) and isinstance(data.get("delta"), str) and len(data) == 1 else None
