"""Which exception LiteLLM makes of what happened at a provider, and which status the contract wants for it.

The last test lists all exception classes, so that a new one is noticed.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass

import httpx
import litellm
import openai
import pytest
from litellm import exceptions

from grading.provider import wire
from grading.suite.leaks import EXCEPTIONS
from grading.tests.provider.litellm_calls import (
    CALLS,
    PLAIN,
    STREAMS,
    Respond,
    breaks,
    completion,
    fails,
    provider,
    stream,
)

OPENAI = "openai/gpt-5-nano"
ANTHROPIC = "anthropic/claude-haiku-4-5"
OTHERS = [
    "azure/gpt-5-nano",
    "cohere_chat/command-r-plus",
    "gemini/gemini-2.5-flash",
    "groq/llama-3.3-70b-versatile",
    "llamafile/smol",
    "mistral/mistral-small-latest",
    "ollama_chat/llama3",
    "openrouter/openai/gpt-5-nano",
]
TOO_LONG = "This model's maximum context length is 4096 tokens. However, your messages resulted in 5000 tokens."


def status(error: openai.APIError) -> int:
    """The contract's table, as the course teaches to write it."""
    if isinstance(error, exceptions.Timeout):
        return 504
    if isinstance(error, exceptions.RateLimitError):
        return 429
    if isinstance(error, exceptions.ContextWindowExceededError):
        return 413
    return 502


@dataclass(frozen=True)
class Failure:
    """What a provider does, the exceptions that LiteLLM raises then, and the contract's status."""

    respond: Respond
    openai: str
    anthropic: str
    status: int


def html(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, html="<h1>Welcome</h1>")


def empty(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={})


def no_body(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200)


FAILURES = {
    "400": Failure(fails(400), "BadRequestError", "BadRequestError", 502),
    "401": Failure(fails(401), "AuthenticationError", "AuthenticationError", 502),
    "403": Failure(fails(403), "APIError", "PermissionDeniedError", 502),
    "404": Failure(fails(404), "NotFoundError", "NotFoundError", 502),
    "429": Failure(fails(429), "RateLimitError", "RateLimitError", 429),
    "429, out of credit": Failure(
        fails(429, "You exceeded your current quota.", "insufficient_quota"),
        "RateLimitError",
        "RateLimitError",
        429,
    ),
    "500": Failure(fails(500), "InternalServerError", "InternalServerError", 502),
    "502": Failure(fails(502), "BadGatewayError", "BadGatewayError", 502),
    "503": Failure(fails(503), "ServiceUnavailableError", "ServiceUnavailableError", 502),
    "529": Failure(fails(529), "APIError", "InternalServerError", 502),
    "too long": Failure(fails(400, TOO_LONG), "ContextWindowExceededError", "ContextWindowExceededError", 413),
    "no answer in time": Failure(breaks(httpx.ReadTimeout), "Timeout", "Timeout", 504),
    "no connection in time": Failure(breaks(httpx.ConnectTimeout), "Timeout", "Timeout", 504),
    "no connection": Failure(breaks(httpx.ConnectError), "InternalServerError", "InternalServerError", 502),
    "connection lost": Failure(breaks(httpx.ReadError), "InternalServerError", "InternalServerError", 502),
    "HTML": Failure(html, "InternalServerError", "APIConnectionError", 502),
    "empty object": Failure(empty, "InternalServerError", "APIConnectionError", 502),
    "no body": Failure(no_body, "InternalServerError", "APIConnectionError", 502),
}


def raised(respond: Respond, model: str, style: str = "completion") -> openai.APIError:
    with provider(respond), pytest.raises(openai.APIError) as caught:
        CALLS[style](model)
    return caught.value


@pytest.mark.parametrize("style", PLAIN)
@pytest.mark.parametrize("event", FAILURES)
def test_each_failure_has_its_exception(event: str, style: str) -> None:
    failure = FAILURES[event]
    for model, name in ((OPENAI, failure.openai), (ANTHROPIC, failure.anthropic)):
        error = raised(failure.respond, model, style)
        assert type(error) is getattr(exceptions, name), f"{model}: see the contract's table for {event}"
        assert status(error) == failure.status


@pytest.mark.parametrize("style", STREAMS)
@pytest.mark.parametrize("event", ["429", "500", "too long", "no answer in time", "no connection"])
def test_streams_fail_with_the_same_exceptions(event: str, style: str) -> None:
    failure = FAILURES[event]
    assert type(raised(failure.respond, OPENAI, style)).__name__ == failure.openai
    # Of a stream, LiteLLM reads the error as the repr of bytes: "This model\\'s maximum" is not recognised.
    expected = "BadRequestError" if event == "too long" else failure.anthropic
    assert type(raised(failure.respond, ANTHROPIC, style)).__name__ == expected


@pytest.mark.parametrize("model", OTHERS)
@pytest.mark.parametrize("event", ["401", "429", "500", "too long", "no answer in time", "no connection", "HTML"])
def test_other_providers_lead_to_the_same_status(event: str, model: str) -> None:
    expected = FAILURES[event].status
    if event == "too long" and model.startswith(("cohere", "ollama", "openrouter")):
        expected = 502  # LiteLLM does not look for the sentence here: the suite must not expect 413
    assert status(raised(FAILURES[event].respond, model)) == expected


@pytest.mark.parametrize(
    ("message", "recognised"),
    [
        (TOO_LONG, True),
        ("this model's maximum context length is exceeded", True),
        ("The maximum context length is 4096 tokens.", False),
        ("Your input exceeds the context window of this model.", False),
    ],
)
def test_a_prompt_that_is_too_long_is_recognised_by_its_wording(message: str, recognised: bool) -> None:
    error = raised(fails(400, message), OPENAI)
    assert isinstance(error, exceptions.ContextWindowExceededError) is recognised


def test_the_kind_of_error_in_the_body_matters() -> None:
    body = {"error": {"message": "Slow down.", "type": "invalid_request_error", "param": None, "code": None}}
    error = raised(lambda request: httpx.Response(429, json=body), "mistral/mistral-small-latest")
    assert isinstance(error, exceptions.BadRequestError), "LiteLLM goes by the status now: see wire's error_type()"


def test_an_exceptions_text_tells_what_the_provider_said() -> None:
    error = raised(fails(500, "canary-7"), OPENAI)
    assert "canary-7" in str(error), "detail=str(error) does not leak any more: the course says that it does"


@pytest.mark.parametrize("style", PLAIN)
def test_no_choices_and_no_text_raise_nothing(style: str) -> None:
    for respond in (wire.answer_no_choices, lambda request: wire.answer_text(request, None)):
        for model in (OPENAI, ANTHROPIC):
            with provider(respond):
                try:
                    assert CALLS[style](model) is None
                except IndexError:
                    assert (respond, model) == (wire.answer_no_choices, OPENAI)
    with provider(lambda request: wire.answer_text(request, "")):
        assert CALLS[style](OPENAI) == ""


def test_no_choices_is_an_empty_list() -> None:
    with provider(wire.answer_no_choices):
        assert litellm.completion(model=OPENAI, messages=[{"role": "user", "content": "x"}]).choices == []


def test_a_stream_that_breaks_off_raises_an_api_error() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        first, _, _ = wire.answer_text(request, "hello").text.partition("data: [DONE]")
        content = first + 'data: {"error": {"message": "The server is on fire."}}\n\n'
        return httpx.Response(200, content=content, headers={"content-type": "text/event-stream"})

    with provider(respond), pytest.raises(openai.APIError):
        stream(OPENAI)


def test_a_missing_key_is_noticed_before_any_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    for model, kind in (
        (OPENAI, exceptions.InternalServerError),
        (ANTHROPIC, exceptions.AuthenticationError),
    ):
        with provider(fails(500)) as requests:
            with pytest.raises(kind):
                completion(model)
            assert requests == []


def test_a_model_without_a_provider_is_a_bad_request() -> None:
    with provider(fails(500)) as requests, pytest.raises(exceptions.BadRequestError):
        completion("no-such-model")
    assert requests == []


def test_how_the_exceptions_are_related() -> None:
    assert issubclass(exceptions.Timeout, openai.APITimeoutError)
    assert not issubclass(exceptions.Timeout, exceptions.APIConnectionError)
    assert issubclass(exceptions.RateLimitError, openai.RateLimitError)
    assert issubclass(exceptions.ContextWindowExceededError, exceptions.BadRequestError)
    # The names that look like a common base, but catch nothing else.
    for name in ("APIError", "OpenAIError"):
        heirs = [kind.__name__ for kind in CLASSES if issubclass(kind, getattr(exceptions, name))]
        assert heirs == [name], f"litellm.{name} is a base class now: the course says that only openai.APIError is"


CLASSES = [
    kind
    for _, kind in inspect.getmembers(exceptions, inspect.isclass)
    if issubclass(kind, BaseException) and kind.__module__ == exceptions.__name__
]

# The classes that `except openai.APIError` catches, and those that it doesn't.
CAUGHT = """
    APIConnectionError APIError APIResponseValidationError AuthenticationError BadGatewayError
    BadRequestError CallerCredentialAuthenticationError CallerCredentialRateLimitError
    ContentPolicyViolationError ContextWindowExceededError EndpointNotSupportedByModelError
    ImageFetchError InternalServerError InvalidRequestError JSONSchemaValidationError
    LiteLLMUnknownProvider MalformedRequestFieldError MidStreamFallbackError MockException NotFoundError
    PaymentRequiredError PermissionDeniedError RateLimitError RejectedRequestError
    ServiceUnavailableError Timeout UnprocessableEntityError UnsupportedEndpointError
    UnsupportedParamsError VectorStoreSearchError
"""
# Of budgets, guardrails and price lists, which a program has to ask for; OpenAIError is raised nowhere.
NOT_CAUGHT = """
    BlockedPiiEntityError BudgetExceededError GuardrailRaisedException ModelNotMappedError
    ModifyResponseException OpenAIError SensitiveDataRouteException
"""
LISTED = """
    APIConnectionError APIError APIResponseValidationError AuthenticationError BadGatewayError
    BadRequestError ContentPolicyViolationError ContextWindowExceededError InternalServerError
    InternalServerError JSONSchemaValidationError NotFoundError OpenAIError PaymentRequiredError
    PermissionDeniedError RateLimitError RejectedRequestError ServiceUnavailableError Timeout
    UnprocessableEntityError UnsupportedEndpointError UnsupportedParamsError
"""


def test_all_exception_classes_are_known() -> None:
    known = {**dict.fromkeys(CAUGHT.split(), True), **dict.fromkeys(NOT_CAUGHT.split(), False)}
    found = {kind.__name__: issubclass(kind, openai.APIError) for kind in CLASSES}
    changed = [name for name in sorted(found.keys() | known.keys()) if found.get(name) is not known.get(name)]
    assert changed == [], (
        f"LiteLLM's exceptions changed: {', '.join(changed)}. Find out when each is raised; if a provider's "
        "failure leads to it, add it to FAILURES and check the contract's table. Then correct the two lists."
    )


def test_all_listed_exceptions_are_known() -> None:
    listed = sorted(kind.__name__ for kind in exceptions.LITELLM_EXCEPTION_TYPES)
    assert listed == LISTED.split(), (
        "litellm.exceptions.LITELLM_EXCEPTION_TYPES changed. Programs catch all that is in it: check that it "
        "still covers the contract's table, then correct LISTED."
    )
    assert {failure.openai for failure in FAILURES.values()} <= set(listed)


def test_the_suite_knows_the_names_that_must_not_leak() -> None:
    beside = {openai.APIStatusError, openai.APITimeoutError, openai.ConflictError, exceptions.MidStreamFallbackError}
    listed = {kind.__name__ for kind in (*exceptions.LITELLM_EXCEPTION_TYPES, *beside)}
    assert set(EXCEPTIONS) == listed - {"Timeout"}
