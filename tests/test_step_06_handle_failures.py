"""Step 6: each failure of the provider becomes the right status and a sentence of the student's own."""

from __future__ import annotations

import re

import pytest

from grading.expectation import canary, read_json, shorten
from grading.litellm_environment import CANARY

pytestmark = pytest.mark.step(6)

# What must not be told: keys, hosts, paths, tracebacks and the names of exceptions ("Timeout" is also a plain word).
_NAMES = """
    APIConnectionError APIError APIResponseValidationError AuthenticationError BadGatewayError BadRequestError
    ContentPolicyViolationError ContextWindowExceededError InternalServerError JSONSchemaValidationError
    NotFoundError OpenAIError PaymentRequiredError PermissionDeniedError RateLimitError RejectedRequestError
    ServiceUnavailableError UnprocessableEntityError UnsupportedParamsError
"""
_LEAKS = re.compile(
    rf"secret-[0-9a-f]|{CANARY}|\.internal\.example|api\.openai\.com|/srv/llm|Traceback|site-packages|\.py\b"
    rf"|litellm\.\w*(?:Error|Timeout)|\b(?:{'|'.join(_NAMES.split())})\b|\b(?:ConnectError|ReadTimeout)\b"
)


@pytest.fixture(scope="module")
def good_answers():
    """Keeps the answer to a good request: one for all tests of this file is enough."""
    return []


@pytest.fixture
def fails(client, provider, expect, good_answers):
    """Return a function that lets the provider fail, and demands what the contract says of that."""

    def check(script, status, because):
        if not good_answers:
            good_answers.append(client.post("/generate", json={"message": canary("message")}))
            provider.forget()
        good = good_answers[0]
        expect.that(good.status_code != status, good, f"not {status} as long as the provider works")
        script()
        answer = client.post("/generate", json={"message": canary("message")})
        if _LEAKS.search(answer.content.decode("utf-8", "replace")):
            because += ". And a sentence of your own: the text of an exception tells strangers too much"
        expect.status(answer, status, because)
        _own_words(answer, provider, expect)

    return check


@pytest.mark.worth(3)
def test_no_answer_in_time_is_504(fails, provider):
    """A provider that does not answer in time makes 504."""
    fails(provider.times_out, 504, "because the model did not answer in time (litellm.Timeout)")


@pytest.mark.worth(3)
def test_throttled_is_429(fails, provider):
    """A provider that throttles us makes 429."""
    fails(lambda: provider.fails(429), 429, "because the provider throttles us (litellm.RateLimitError)")


@pytest.mark.worth(3)
def test_prompt_too_long_for_the_model_is_413(fails, provider):
    """A prompt that does not fit into the model's context window makes 413."""
    because = (
        "because the prompt does not fit into the model's context window (litellm.ContextWindowExceededError; "
        "its except stands before that of its base class, litellm.BadRequestError)"
    )
    fails(provider.finds_the_prompt_too_long, 413, because)


@pytest.mark.worth(0.5)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 503, 529])
def test_other_refusals_are_502(fails, provider, status):
    """Every other error of the provider makes 502."""
    because = (
        f"because the provider failed (it answered {status}); the client did nothing wrong. "
        "What all failures have in common is openai.APIError, not litellm.APIError"
    )
    fails(lambda: provider.fails(status), 502, because)


@pytest.mark.worth(0.5)
def test_no_connection_is_502(fails, provider):
    """A provider that cannot be reached makes 502."""
    because = "because no connection to the provider came about"
    fails(provider.refuses_connections, 502, because)


@pytest.mark.worth(0.5)
@pytest.mark.parametrize("case", ["not-json", "no-choices", "null-text", "empty-text"])
def test_an_unusable_answer_is_502(fails, provider, case):
    """An answer that is not JSON, or without choices, or with null or empty text, makes 502."""
    script, because = {
        "not-json": (lambda: provider.sends("<html>Bad gateway</html>"), "the provider's answer is not JSON"),
        "no-choices": (
            provider.sends_no_choices,
            "the provider's answer has no choices (no exception says so: look before choices[0])",
        ),
        "null-text": (
            lambda: provider.answers(None),
            "the text of the provider's answer is null (no exception says so: content is None)",
        ),
        "empty-text": (
            lambda: provider.answers(""),
            "the text of the provider's answer is empty, which helps nobody (no exception says so)",
        ),
    }[case]
    fails(script, 502, f"because {because}")


@pytest.mark.worth(1)
def test_a_failure_ends_with_its_request(client, provider, expect):
    """After a failure, the next good request is answered as if nothing had happened."""
    before = client.post("/generate", json={"message": canary("message")})
    for script in (provider.times_out, lambda: provider.fails(401), lambda: provider.fails(429)):
        script()
        _own_words(client.post("/generate", json={"message": canary("message")}), provider, expect)
        provider.answers(canary("answer"))
        after = client.post("/generate", json={"message": canary("message")})
        because = "as before the failure: the provider works again, so nothing (a flag, a Router) may remember it"
        expect.status(after, before.status_code, because)


@pytest.mark.worth(1)
def test_a_failing_provider_is_asked_three_times_at_most(client, provider, expect):
    """For one request a failing provider is asked at most 3 times."""
    for script in (
        lambda: provider.fails(500, retry=True),
        lambda: provider.fails(429, retry=True),
        provider.refuses_connections,
    ):
        script()
        provider.forget()
        answer = client.post("/generate", json={"message": canary("message")})
        _own_words(answer, provider, expect)
        asked = len(provider.requests)
        expect.that(
            asked <= 3,
            answer,
            "a failing provider is asked at most 3 times for one request (LiteLLM already tries 3 times)",
            came_back=f"it was asked {asked} times",
        )


@pytest.mark.worth(1)
@pytest.mark.parametrize("case", ["wrong-key", "bad-request", "no-connection"])
def test_nothing_of_the_providers_message_leaks(client, provider, expect, case):
    """No message, key, host name, path or exception of the provider's reaches the client."""
    {
        "wrong-key": lambda: provider.fails(401, f"Incorrect API key provided: {CANARY}-openai-api-key."),
        "bad-request": lambda: provider.fails(400, "The server could not understand the request."),
        "no-connection": provider.refuses_connections,
    }[case]()
    answer = client.post("/generate", json={"message": canary("message")})
    _own_words(answer, provider, expect)
    headers = ((f"the header {name}", value) for name, value in answer.headers.items())
    body = answer.content.decode("utf-8", "replace")  # answer.text believes whatever charset the answer names
    for place, text in (("the body", body), *headers):
        leak = _LEAKS.search(text)
        expect.that(
            leak is None,
            answer,
            "nothing of the provider's message or the exception: they can hold keys and host names",
            came_back=f"{answer.status_code}, and {place} holds {leak and leak.group()!r}: {shorten(text)}",
        )


def _own_words(answer, provider, expect):
    """The provider was asked, and the answer is an error whose body is exactly {"detail": <a sentence>}."""
    expect.asked(answer, provider.requests)
    body = read_json(answer)
    detail = body.get("detail") if isinstance(body, dict) and len(body) == 1 else None
    expect.that(
        answer.status_code >= 400 and isinstance(detail, str) and bool(detail.strip()),
        answer,
        'an error with the body {"detail": "<a sentence of your own>"}, because the provider failed',
    )
