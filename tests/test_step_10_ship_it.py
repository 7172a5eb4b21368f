"""Step 10, bonus: a log line for each request, a health check, and streaming."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from grading.provider.litellm_environment import CANARY
from grading.results.failure import ContractBroken, canary
from grading.suite import streams
from grading.suite.contract import shorten
from grading.suite.documented_names import REFUSED
from grading.suite.durations import tells_outcome_and_time
from grading.suite.failing import WAYS, Failed
from grading.suite.sending import send_together
from grading.suite.server_events import delta, events
from grading.suite.streams import keeps_users_apart, usually
from grading.suite.traces import trace

pytestmark = pytest.mark.step(10)


@pytest.mark.worth(2)
def test_health_answers_without_the_model(client, provider, tries, expect):
    """GET /health answers 200 {"status": "ok"}, also after failures of the model, and asks none."""
    _is_well(client, provider, expect)
    if len(tries()) == len(WAYS):  # else it stands still after a failure, or has ended: that is step 6's affair
        _is_well(client, provider, expect)


def _is_well(client, provider, expect):
    """It says so, and asks no model."""
    provider.forget()
    answer = client.get("/health")
    expect.status(answer, 200)
    expect.json(answer, {"status": "ok"})
    expect.not_asked(answer, [*provider.requests, *provider.beside])


_FAILED = ("401", "times out", "finds the prompt too long", "429", "500", "filters", "empty")
_LOGGED = ("good", "long", "blank", "cut off", *_FAILED)


@pytest.fixture
def secrets(client):
    """A message and a model's text that stand in no other requests than those of `logged`."""
    return client.once("secrets", lambda: (canary("m"), canary("a")))


@pytest.fixture
def logged(client, provider, app_log, secrets, exchange):
    """Return a function of a kind of request: it gives the answer, and what the request left in the log.

    An app is asked once for each kind.
    """
    message, text = secrets
    messages = {"blank": " ", "long": message * 400}

    def log(kind):
        def ask():
            provider.answers(text, cut_off=kind == "cut off")
            if kind in _FAILED:
                WAYS[kind](provider)
            before = len(app_log)
            answer = client.post("/generate", json={"message": messages.get(kind, message)})
            return answer, app_log[before:]

        answer, lines = client.once(f"logged: {kind}", ask)
        if kind in ("good", "401") and answer.status_code in REFUSED:
            exchange("plain")  # a program that refuses even this one shows nothing here
            answer, lines = client.once(f"logged: {kind}", ask)
        return answer, lines

    return log


@pytest.mark.worth(2)
def test_a_good_request_is_logged(logged, expect):
    """A request leaves a log record with its outcome and its time."""
    _has_outcome_and_time(*logged("good"), expect)


@pytest.mark.worth(1)
def test_a_failed_request_is_logged(logged, expect):
    """A request that the provider fails, or that is refused, leaves a log record with its outcome and its time."""
    seen = [logged("401"), logged("blank")]
    for kind in _FAILED:
        with contextlib.suppress(ContractBroken):  # no answer is step 6's affair
            seen.append(logged(kind))
    for answer, lines in seen:
        _has_outcome_and_time(answer, lines, expect)


@pytest.mark.worth(1)
def test_the_log_keeps_secrets(logged, secrets, app_log, expect):
    """Neither the message, nor the answer, nor a key stands in the log."""
    message, text = secrets
    answer, _ = logged("good")
    lines = []
    for kind in _LOGGED:
        with contextlib.suppress(ContractBroken):  # no answer is another step's affair
            lines += logged(kind)[1]
    lines += app_log
    own = [line for line in lines if not (line.of_library or line.at_start)]
    expect.that(bool(own), answer, "a log record for each request", came_back="no log record")
    _keeps_secrets(lines, answer, expect, message, text)


@pytest.fixture
def streamed(client, exchange, app_log):
    """A good request for a stream after one of somebody else, and what was logged; an app is asked for it once."""
    exchange("stream before")
    return client.once("streamed", lambda: (exchange("stream"), list(app_log)))


@pytest.mark.worth(1.5)
def test_the_stream_has_the_whole_text(streamed, exchange, expect):
    """POST /generate/stream sends the text in pieces, as server-sent events, and then [DONE]."""
    asked, lines = streamed
    answer = asked.answer
    expect.status(answer, 200)
    expect.asked(answer, asked.requests)
    usual = usually(exchange)
    others = [*usual, *usually(exchange, "unicode message"), *usually(exchange, "lines")]
    for told, holds, came_back in streams.ALIKE:
        is_alike = holds(asked) or not all(map(holds, others))  # what /generate does wrong costs another step
        expect.that(is_alike, answer, f"{told}, as for /generate", came_back)
    for each in usual:
        expect.that(
            asked.requests[0].model == each.requests[0].model,
            answer,
            "the same model as for /generate: LLM_MODEL chooses it",
            came_back=f"the model {shorten(asked.requests[0].model)} was called",
            observed="another model was called",
        )
    expect.that(
        not any(trace(secret, "".join(asked.bodies)) for secret in exchange("stream before").canaries)
        or not keeps_users_apart(exchange),
        answer,
        "the request for one user holds nothing that another user wrote or was told, as for /generate",
        came_back="the model also got the message of the user before, or its answer",
    )
    expect.that(
        any(request.stream for request in asked.requests),
        answer,
        "the text comes as the model writes it: stream=True in the call to LiteLLM",
        came_back="the model was called without stream=True",
    )
    if not any(each.blocked for each in usual):
        expect.not_blocked(answer, asked.blocked)
    kind = answer.headers.get("content-type", "")
    expect.that(
        kind.partition(";")[0].strip() == "text/event-stream",
        answer,
        "the content type text/event-stream",
        came_back=f"the content type {kind or '(none)'}",
    )
    told = events(answer)
    last = f"a stream whose last event is data: {shorten(told[-1])}" if told else ""
    observed = "a stream with another last event" if told else ""
    ends = "a last event data: [DONE], then an empty line"
    expect.that(told[-1:] == ["[DONE]"], answer, ends, last, observed=observed)
    deltas = [delta(event) for event in told[:-1]]
    expect.that(None not in deltas, answer, 'events of the form data: {"delta": "a piece of text"}')
    expect.that(len(deltas) > 1, answer, "one event for each piece of text", came_back=f"{len(deltas)} event")
    expect.that("".join(map(str, deltas)) == asked.text, answer, "deltas that, joined, are the model's text")
    _keeps_secrets(lines, answer, expect, *asked.canaries)


@pytest.mark.worth(0.5)
def test_a_stream_knows_nothing_of_other_requests(streamed, exchange, client, provider, expect):
    """Neither a stream nor an answer of POST /generate holds what another user wrote or was told by the other way."""
    expect.status(streamed[0].answer, 200)
    expect.asked(streamed[0].answer, streamed[0].requests)
    if not keeps_users_apart(exchange):  # that costs other steps
        return
    before = None
    for path in ("/generate", "/generate/stream", "/generate"):
        mine = canary("message"), canary("answer")
        provider.forget()
        provider.answers(mine[1])
        try:
            answer = client.post(path, json={"message": mine[0]})
        except ContractBroken:
            if path == "/generate":  # that costs other steps, and there is nothing to be known from it
                return
            raise
        told = "".join([*provider.bodies, answer.content.decode("utf-8", "replace")])
        expect.that(
            before is None or not any(trace(secret, told) for secret in before),
            answer,
            "the request for one user holds nothing that another user wrote or was told, whichever way it was asked",
            came_back=f"{path} knows what another user wrote or was told by the other way",
            observed="it knows what another user wrote or was told by the other way",
        )
        before = mine
    _streams_are_kept_apart(client, provider, expect)


def _streams_are_kept_apart(client, provider, expect):
    """Of two streams at the same time, each is about its own message."""
    messages = [canary("message"), canary("message")]
    provider.forget()
    provider.echoes(lambda message: f"One, two, {message}, three, and so on.")
    with ThreadPoolExecutor(2) as pool:
        answers = [each.result() for each in send_together(pool, client, "/generate/stream", messages)]
    is_mixed = any(all(trace(message, body) for message in messages) for body in provider.bodies)
    for answer, other in zip(answers, reversed(messages), strict=True):
        expect.status(answer, 200, "as for a stream that comes alone")
        expect.that(
            not (is_mixed or trace(other, answer.content.decode("utf-8", "replace"))),
            answer,
            "each of two streams at the same time is about its own message",
            came_back="two users were mixed up: keep each request's data in local variables",
        )


@pytest.mark.worth(1)
def test_the_stream_checks_its_input(streamed, exchange, client, provider, expect):
    """POST /generate/stream refuses what POST /generate refuses."""
    expect.status(streamed[0].answer, 200)
    provider.answers("An answer in some pieces.")
    longest = "One or two words. " * 222 + "all."
    answer = client.post("/generate/stream", json={"message": longest})
    is_whole = answer.status_code == 200 and any(request.prompt == longest for request in provider.requests)
    # /generate is asked only then, as it may end the program; what it can't do either is the affair of step 3 or 7.
    if not is_whole and any(each.requests[0].prompt == each.message for each in usually(exchange, "longest ascii")):
        expect.status(answer, 200, "as for /generate: a message of exactly 4,000 characters is accepted")
        expect.fail(answer, "the model gets the whole message, as for /generate", "it got another text")
    for body in ({}, {"message": 5}, {"message": " "}, {"message": "a" * 4_001}):
        provider.forget()
        answer = client.post("/generate/stream", json=body)
        asked = list(provider.requests)
        if answer.status_code == 422 or client.post("/generate", json=body).status_code == 422:
            expect.status(answer, 422, "as for /generate")
            expect.not_asked(answer, asked)


@pytest.mark.worth(1)
def test_a_stream_that_breaks_off_has_no_done(streamed, exchange, client, provider, failed, app_log, expect):
    """If the provider fails or its stream breaks off, there is no [DONE], and no word of the provider's."""
    whole = streamed[0].answer
    expect.status(whole, 200)
    expect.that("[DONE]" in events(whole), whole, "a last event data: [DONE] for a whole stream")
    for how, fail in streams.STREAM_FAILS.items():
        is_repeated = how == "answers 503"
        message, before = streamed[0].message if is_repeated else canary("message"), len(app_log)
        provider.answers(streams.BEGUN)
        provider.forget()
        fail(provider)
        answer = client.post("/generate/stream", json={"message": message})
        if is_repeated and "[DONE]" in events(answer) and not usually(exchange, "again"):
            continue  # a cache for all is step 3's affair
        expect.that(
            "[DONE]" not in events(answer),
            answer,
            "no data: [DONE] when the provider fails or its stream breaks off: it says that the text is complete",
            came_back=f"{answer.status_code}, and [DONE], although the provider {how}",
        )
        heard = list(provider.requests), list(provider.bodies), provider.blocked
        stream = Failed(message, provider.secret, answer, *heard)
        for told, is_wrong in streams.FAULTS.items():
            if is_wrong(stream) and not any(map(is_wrong, streams.fails_alike(failed, how))):
                expect.fail(answer, f"{told}, as for /generate, when the provider {how}")
        _keeps_secrets(app_log[before:], answer, expect, message, message)


def _keeps_secrets(lines, answer, expect, message, text):
    """No record holds any of these, or a key."""
    for line in lines:
        found = {
            "the message": trace(message, line.readable),
            "the answer": trace(text, line.readable),
            "a key": CANARY in line.readable.lower(),
        }
        for name, is_there in found.items():
            expect.that(
                not is_there,
                answer,
                "a log without messages, answers and keys: many people read logs",
                came_back=f"a log line with {name} in it, by the logger {line.logger}",
                observed=f"a log line with {name} in it",
            )


def _has_outcome_and_time(answer, lines, expect):
    """Some record has the status (or the class of an error) and, beside it, a number: the time."""
    lines = [line.text for line in lines if not (line.of_library or line.at_start)]
    if any(tells_outcome_and_time(line, answer.status_code) for line in lines):
        return
    expect.fail(
        answer,
        "a log record for each request, made with logging, with its outcome (status code or error class) and how long "
        "it took. Log in `finally`, so that failed requests are logged, too",
        came_back=f"{answer.status_code}, and {len(lines)} log records, none with both",
        observed=f"{answer.status_code}, and {'log records, none' if lines else 'no log record'} with both",
    )
