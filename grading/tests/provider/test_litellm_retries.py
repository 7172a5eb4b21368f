"""How often LiteLLM asks a failing provider, and how long it waits between the attempts.

The contract allows three requests. Programs under test are never required to send exactly one.
"""

from __future__ import annotations

import time
from typing import Any

import httpx
import litellm
import openai
import pytest
from litellm.router import Router
from litellm.router_python_host import PythonHost
from litellm.types.router import RouterRateLimitError
from openai import _base_client

from grading.provider import litellm_environment
from grading.tests.provider.litellm_calls import (
    CALLS,
    MESSAGES,
    PLAIN,
    ROUTERS,
    Respond,
    acompletion,
    arouter,
    breaks,
    completion,
    fails,
    provider,
    says,
)

OPENAI = "openai/gpt-5-nano"
ANTHROPIC = "anthropic/claude-haiku-4-5"

RETRIED = {
    "429": fails(429),
    "500": fails(500),
    "503": fails(503),
    "529": fails(529),
    "no connection": breaks(httpx.ConnectError),
    "no connection in time": breaks(httpx.ConnectTimeout),
    "no answer in time": breaks(httpx.ReadTimeout),
    "connection lost": breaks(httpx.RemoteProtocolError),
}
LOST = ("no connection", "connection lost")
# All events in one style, and three of them in all styles.
CASES = [(event, "completion") for event in RETRIED] + [
    (event, style)
    for event in ("429", "no connection", "no answer in time")
    for style in CALLS
    if style != "completion"
]


def attempts(respond: Respond, style: str, model: str, **settings: Any) -> int:
    with provider(respond) as requests:
        with pytest.raises(openai.APIError):
            CALLS[style](model, **settings)
        return len(requests)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the OpenAI SDK wanted to sleep before each retry; it doesn't sleep."""
    seconds: list[float] = []
    calculate = _base_client.BaseClient._calculate_retry_timeout

    def spy(client: Any, *args: Any, **kwargs: Any) -> float:
        seconds.append(calculate(client, *args, **kwargs))
        return 0.0

    monkeypatch.setattr(_base_client.BaseClient, "_calculate_retry_timeout", spy)
    return seconds


@pytest.mark.parametrize(("event", "style"), CASES)
def test_openai_is_asked_three_times(event: str, style: str) -> None:
    assert attempts(RETRIED[event], style, OPENAI) == 3, "the contract allows 3, because this is LiteLLM's default"


@pytest.mark.parametrize(("event", "style"), CASES)
def test_anthropic_is_asked_once_and_by_a_router_three_times(event: str, style: str) -> None:
    expected = 3 if style in ROUTERS else 1
    if event in LOST and style in ("acompletion", "astream", "arouter"):
        # LiteLLM's own asynchronous client connects twice. With a Router, this breaks the contract's limit:
        # the suite must not count the requests of a lost connection, unless the model is OpenAI's.
        expected *= 2
    assert attempts(RETRIED[event], style, ANTHROPIC) == expected


@pytest.mark.parametrize("style", CALLS)
@pytest.mark.parametrize("model", [OPENAI, ANTHROPIC])
def test_what_is_final_is_not_repeated(model: str, style: str) -> None:
    assert attempts(fails(401), style, model) == 1


@pytest.mark.parametrize("style", PLAIN)
def test_retries_can_be_turned_off_and_multiplied(style: str) -> None:
    assert attempts(fails(500), style, OPENAI, max_retries=0) == 1
    # Without tenacity, the synchronous call fails with a bare Exception.
    assert attempts(fails(500), style, OPENAI, num_retries=2) == 5, "num_retries comes on top of the SDK's own"
    assert attempts(fails(500), style, ANTHROPIC, num_retries=2) == 3


@pytest.mark.parametrize("style", PLAIN)
def test_no_wait_after_an_answer(style: str, waits: list[float]) -> None:
    attempts(fails(429), style, OPENAI)
    assert waits == [0.001, 0.001], (
        "the SDK ignores the header retry-after-ms: see grading.provider.wire.answer_error()"
    )


@pytest.mark.parametrize("style", PLAIN)
def test_no_wait_after_a_lost_connection(style: str, waits: list[float]) -> None:
    attempts(breaks(httpx.ConnectError), style, OPENAI)
    assert waits == [0.0, 0.0], "the SDK's constants have no effect: see no_retry_delay()"


def test_the_sdk_waits_otherwise(waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    asked_to_wait = httpx.Response(500, headers={"retry-after": "7"})
    with provider(lambda request: asked_to_wait), pytest.raises(openai.APIError):
        completion(OPENAI)
    assert waits == [7.0, 7.0], "the SDK does not obey Retry-After any more: the fake provider may send it"
    waits.clear()
    with provider(breaks(httpx.ConnectError)), monkeypatch.context() as default:
        default.setattr(_base_client, "INITIAL_RETRY_DELAY", 0.5)
        default.setattr(_base_client, "MAX_RETRY_DELAY", 8.0)
        with pytest.raises(openai.APIError):
            completion(OPENAI)
    assert min(waits) > 0.1, "the SDK does not wait by itself any more: no_retry_delay() can go"


DELAYS = [
    (_base_client, "INITIAL_RETRY_DELAY"),
    (_base_client, "MAX_RETRY_DELAY"),
    (PythonHost, "sleep"),
    (PythonHost, "sleep_sync"),
]


@pytest.mark.parametrize(("place", "name"), DELAYS, ids=[name for _, name in DELAYS])
def test_delays_are_restored_and_missed(place: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = getattr(place, name)
    with litellm_environment.no_retry_delay():
        assert getattr(place, name) != before
    assert getattr(place, name) == before
    monkeypatch.delattr(place, name)
    with pytest.raises(RuntimeError, match=f"no {name} any more"), litellm_environment.no_retry_delay():
        pass


@pytest.mark.parametrize("style", ROUTERS)
def test_a_router_does_not_wait(style: str) -> None:
    start = time.monotonic()
    for _ in range(3):
        attempts(fails(429), style, ANTHROPIC)
        attempts(breaks(httpx.ConnectError), style, OPENAI)
    # Otherwise each of the six would wait for more than 3 s.
    assert time.monotonic() - start < 9, "the Router sleeps elsewhere: see no_retry_delay()"


@pytest.mark.parametrize("style", ROUTERS)
def test_a_router_waits_otherwise(style: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds: list[float] = []

    async def sleep(host: PythonHost, pause: float) -> None:
        seconds.append(pause)

    with provider(fails(429)):
        monkeypatch.setattr(PythonHost, "sleep", sleep)
        monkeypatch.setattr(PythonHost, "sleep_sync", lambda host, pause: seconds.append(pause))
        with pytest.raises(openai.APIError):
            CALLS[style](ANTHROPIC)
        monkeypatch.undo()
    assert sum(seconds) > 1, "the Router does not wait by itself any more: no_retry_delay() need not think of it"


def test_a_router_that_failed_refuses_the_next_request() -> None:
    router = Router([{"model_name": "kit", "litellm_params": {"model": OPENAI}}])
    with provider(fails(401)), pytest.raises(litellm.exceptions.AuthenticationError):
        router.completion(model="kit", messages=MESSAGES)
    with provider(says("hello")) as requests:
        with pytest.raises(RouterRateLimitError) as refusal:
            router.completion(model="kit", messages=MESSAGES)
        assert requests == [], "a Router has no cool-down any more: a program need not be loaded anew for each test"
    assert not isinstance(refusal.value, openai.OpenAIError), "`except openai.APIError` would catch this, too"


def test_a_request_after_a_failure_succeeds() -> None:
    for call in (completion, acompletion, arouter):
        with provider(fails(500)), pytest.raises(openai.APIError):
            call(OPENAI)
        with provider(says("hello")):
            assert call(OPENAI) == "hello"
