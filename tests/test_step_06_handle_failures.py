"""Step 6: each failure of the provider becomes the right status and a sentence of the student's own."""

from __future__ import annotations

import re

import pytest

from grading.provider.litellm_environment import LOCAL_MODEL, OTHER_MODEL, OWN_BUG, PROVIDER_KEYS
from grading.provider.provider import BUGS
from grading.results.failure import canary
from grading.suite.contract import describe_request, read_json, shorten
from grading.suite.failing import WAYS
from grading.suite.leaks import leak
from grading.suite.observation import of_number
from grading.suite.sending import AT_ONCE
from grading.suite.traces import said, trace

pytestmark = pytest.mark.step(6)

_CLASSES_OF_BUGS = re.compile("|".join(BUGS), re.IGNORECASE)


@pytest.fixture
def good(exchange):
    """The answer to a good request."""
    return exchange("plain").answer


@pytest.fixture
def fails(failed, expect):
    """Return a function of the way in which the provider fails, that demands a call of the model; see `failed`."""

    def fail(way):
        found = failed(way)
        expect.asked(found.answer, found.requests)
        return found

    return fail


@pytest.fixture
def demand(good, fails, expect):
    """Return a function that lets the provider fail in a way, and demands what the contract says of that."""

    def check(way, status, because):
        answer = fails(way).answer
        expect.that(good.status_code != status, good, f"not {status} as long as the provider works")
        if leak(answer.content.decode("utf-8", "replace")):
            because += ". And a sentence of your own: the text of an exception tells strangers too much"
        expect.status(answer, status, because)
        _own_words(answer, expect)

    return check


@pytest.mark.worth(2)
def test_no_answer_in_time_is_504(demand):
    """A provider that does not answer in time makes 504."""
    demand(
        "times out",
        504,
        "because the model did not answer in time: litellm.Timeout, which is not Python's TimeoutError",
    )


@pytest.mark.worth(2)
def test_throttled_is_429(demand, failed, expect):
    """A provider that throttles us makes 429."""
    because = "because the provider rate-limits us (litellm.RateLimitError)"
    demand("429", 429, because)
    expect.status(failed("has no quota left").answer, 429, f"{because}: a quota that is used up is a limit, too")


@pytest.mark.worth(2)
def test_prompt_too_long_for_the_model_is_413(demand):
    """A prompt that does not fit into the model's context window makes 413."""
    because = (
        "because the prompt does not fit into the model's context window (litellm.ContextWindowExceededError; "
        "put its except before that of its base class, litellm.BadRequestError)"
    )
    demand("finds the prompt too long", 413, because)


@pytest.mark.worth(0.5)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 503, 529])
def test_other_refusals_are_502(demand, failed, expect, status):
    """Every other error of the provider makes 502."""
    because = (
        "because the provider failed (it answered {}); the client did nothing wrong. "
        "The base class of all failures is openai.APIError, not litellm.APIError"
    )
    demand(str(status), 502, because.format(status))
    if status == 500:
        expect.status(failed("502").answer, 502, because.format(502))
    if status == 400:
        expect.status(failed("422").answer, 502, because.format(422))
        expect.status(failed("filters").answer, 502, "because the provider's filter refused the message (400)")


@pytest.mark.worth(0.5)
def test_no_connection_is_502(demand):
    """A provider that cannot be reached makes 502."""
    demand("cannot be reached", 502, "because there is no connection to the provider")


@pytest.mark.worth(0.5)
@pytest.mark.parametrize("llm_model", [LOCAL_MODEL], ids=["ollama"])
def test_a_local_model_that_does_not_run_is_502(demand, failed, expect):
    """So does a model on this computer, whose server has not been started."""
    because = "because there is no connection to Ollama: LiteLLM's class for that, APIConnectionError, is another one"
    demand("cannot be reached", 502, because)
    found = failed("cannot be reached")  # LiteLLM asks Ollama twice for each call: nobody counts here
    _nothing_leaks(found.answer, found.secret, expect)


@pytest.mark.worth(0.5)
@pytest.mark.parametrize(
    ("way", "because"),
    [
        ("not JSON", "the provider's answer is not JSON"),
        (
            "no choices",
            "the provider's answer has no choices (LiteLLM raises no exception: check choices first)",
        ),
        ("null", "the text of the provider's answer is null (LiteLLM raises no exception: content is None)"),
        ("empty", "the text of the provider's answer is empty (LiteLLM raises no exception)"),
    ],
    ids=["not-json", "no-choices", "null-text", "empty-text"],
)
def test_an_unusable_answer_is_502(demand, way, because):
    """An answer that is not JSON, or without choices, or with null or empty text, makes 502."""
    demand(way, 502, f"because {because}")


@pytest.mark.worth(0.5)
@pytest.mark.parametrize("llm_model", [OTHER_MODEL], ids=["anthropic"])
@pytest.mark.parametrize(
    ("ways", "status", "because"),
    [
        (
            ["403", "529"],
            502,
            "the provider failed: with Anthropic, LiteLLM's class for it differs from OpenAI's",
        ),
        (["finds the prompt too long"], 413, "the prompt does not fit into the model's context window"),
        (["no choices"], 502, "the provider's answer has no text (LiteLLM raises no exception: content is None)"),
    ],
    ids=["refused", "too-long", "no-text"],
)
def test_another_provider_fails_alike(demand, failed, expect, ways, status, because):
    """The same failures make the same answers with a model of another provider."""
    for way in ways:
        demand(way, status, f"because {because}")
        found = failed(way)
        _nothing_leaks(found.answer, found.secret, expect)
        _asked_three_times(found, expect)


@pytest.mark.worth(1)
@pytest.mark.parametrize("provider_keys", [{**PROVIDER_KEYS, OWN_BUG: "yes"}], ids=["in-a-call"])
def test_a_bug_of_your_own_stays_500(fails, client, provider, expect):
    """An exception that is no provider's makes 500: it is not dressed up as 502 or 422, and its text is not told."""
    _own_words(fails("401").answer, expect)
    for kind in BUGS:
        provider.gives_the_program_a_bug(kind)
        answer = client.post("/generate", json={"message": canary("message")})
        sent = f"{describe_request(answer)}, and your call to LiteLLM raises {kind} (the test sees to that)"
        is_right = answer.status_code == 500
        if kind == "ValueError":  # of some providers LiteLLM raises one: 502 is no wrong guess
            is_right = answer.status_code in (500, 502)
        expect.that(
            is_right,
            answer,
            f"500, because {kind} tells of a bug in the program: neither the provider nor the client is at fault. "
            "Catch openai.APIError, which is all that LiteLLM raises for a provider, and not Exception",
            sent=sent,
        )
        told = _CLASSES_OF_BUGS.search(said(answer))
        _nothing_leaks(answer, provider.secret, expect, sent)
        expect.that(told is None, answer, "nothing of the exception: who calls has no use for it", sent=sent)


@pytest.mark.worth(1)
def test_a_failure_ends_with_its_request(good, fails, failed, client, provider, expect):
    """After failures, the next good request is answered as if nothing had happened, also one that had failed."""
    secrets = [provider.secret, *(failed(way).secret for way in WAYS)]
    again = failed("500").message
    provider.fails(500)
    client.post("/generate", json={"message": again}, extensions=AT_ONCE)
    provider.answers(canary("answer"))
    answer = client.post("/generate", json={"message": again})
    because = "as before the failures: the provider works again, so nothing (a flag, a Router) may remember them"
    expect.status(answer, good.status_code, because)
    _nothing_leaks(answer, provider.secret, expect)
    expect.that(
        not any(trace(secret, said(answer)) for secret in secrets),
        answer,
        "nothing of what the provider said in a failure before",
        came_back=f"{answer.status_code}, with a part of the provider's message to somebody else",
    )
    for way in ("times out", "401", "429"):
        _own_words(fails(way).answer, expect)


@pytest.mark.worth(1)
def test_a_failing_provider_is_asked_three_times_at_most(fails, failed, expect):
    """For one request a failing provider is called at most 3 times, with the same messages."""
    for way in ("500", "429", "cannot be reached"):
        _own_words(fails(way).answer, expect)
    for way in WAYS:
        _asked_three_times(failed(way), expect)
    for way in ("500", "429"):
        found = failed(way)
        expect.that(
            len({len(request.messages) for request in found.requests}) <= 1,
            found.answer,
            "each try sends the model the same messages: make the list anew for each, or before the first",
            came_back="a further try sent the model more messages, or fewer",
        )


def _asked_three_times(found, expect):
    """The model was called three times at most."""
    asked = len(found.requests)
    expect.that(
        asked <= 3,
        found.answer,
        "a failing provider is called at most 3 times for one request (LiteLLM already tries 3 times)",
        came_back=f"the model was called {asked} times",
        observed=f"the model was called {of_number(asked)} times",
    )


@pytest.mark.worth(1)
@pytest.mark.parametrize(
    ("way", "others"),
    [
        ("401", ["403", "404", "429", "has no quota left"]),
        ("400", ["422", "filters", "finds the prompt too long", "not JSON", "no choices", "null", "empty"]),
        ("cannot be reached", ["times out", "500", "502", "503", "529"]),
    ],
    ids=["wrong-key", "bad-request", "no-connection"],
)
def test_nothing_of_the_providers_message_leaks(fails, failed, expect, way, others):
    """No message, key, host name, path or exception of the provider's reaches the client."""
    _own_words(fails(way).answer, expect)
    for each in (way, *others):
        found = failed(each)
        _nothing_leaks(found.answer, found.secret, expect)


def _nothing_leaks(answer, secret, expect, sent=""):
    """Neither the body nor a header of the answer holds what only the provider, or the exception, said."""
    headers = (("the header", f" {name}", value) for name, value in answer.headers.items())
    body = answer.content.decode("utf-8", "replace")  # answer.text believes whatever charset the answer names
    for place, name, text in (("the body", "", body), *headers):
        found = leak(text, secret)
        what = "the class of an exception" if found.isalpha() else "more"
        expect.that(
            not found,
            answer,
            "nothing of the provider's message or the exception: they can contain keys and host names",
            came_back=f"{answer.status_code}, and {place}{name} holds {found!r}: {shorten(text)}",
            sent=sent,
            observed=f"{answer.status_code}, and {place} tells {what}",
        )


def _own_words(answer, expect):
    """The answer is an error whose body is exactly {"detail": <a sentence>}."""
    body = read_json(answer)
    detail = body.get("detail") if isinstance(body, dict) and len(body) == 1 else None
    expect.that(
        answer.status_code >= 400 and isinstance(detail, str) and bool(detail.strip()),
        answer,
        'an error with the body {"detail": "<a sentence of your own>"}, because the provider failed',
    )
