"""The short way to call LiteLLM is the same as LiteLLM's own, whatever the provider does."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from unittest import mock

import httpx
import litellm
import pytest

from grading.provider import litellm_environment
from grading.provider.provider import Provider
from grading.provider.quick_calls import quick_calls

Script = Callable[[Provider], object]
STATUSES = (400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529)
SCRIPTS: dict[str, Script] = {
    "a text": lambda provider: provider.answers("Hé, 語 😀\n "),
    "null": lambda provider: provider.answers(None),
    "empty": lambda provider: provider.answers(""),
    "cut off": lambda provider: provider.answers("Once", cut_off=True),
    "too long": lambda provider: provider.finds_the_prompt_too_long(),
    "too long, other words": lambda provider: provider.fails(400, "This model's maximum context length is 4 tokens."),
    "a policy": lambda provider: provider.fails(400, "content_policy_violation", "content_policy_violation"),
    "no answer": lambda provider: provider.times_out(),
    "no connection": lambda provider: provider.refuses_connections(),
    "no JSON": lambda provider: provider.sends("<html>" + "a" * 999),
    "nothing": lambda provider: provider.sends(""),
    "no choices": lambda provider: provider.sends_no_choices(),
    **{str(status): lambda provider, status=status: provider.fails(status) for status in STATUSES},  # type: ignore[misc]
    **{f"{s}, again": lambda provider, s=s: provider.fails(s, retry=True) for s in (400, 409, 429, 500)},  # type: ignore[misc]
}
CALLS: dict[str, dict[str, Any]] = {
    "usual": {"timeout": 30},
    "no retry": {"timeout": 20.5, "max_retries": 0},
    "with a system prompt": {"timeout": 45, "system": "Be kind. é"},
    "not simple": {"timeout": 30, "temperature": 0.5},
    "another provider": {"timeout": 30, "model": "anthropic/claude-haiku-4-5"},
}


@contextmanager
def answered_by(provider: Provider) -> Iterator[None]:
    """Let the provider answer httpx's transports, as `webapp.program` replaces them."""

    async def answer(transport: object, request: httpx.Request) -> httpx.Response:
        await request.aread()
        return provider.handle(request)

    def answer_sync(transport: object, request: httpx.Request) -> httpx.Response:
        request.read()
        return provider.handle(request)

    with (
        litellm_environment.no_retry_delay(),
        mock.patch.object(httpx.HTTPTransport, "handle_request", answer_sync),
        mock.patch.object(httpx.AsyncHTTPTransport, "handle_async_request", answer),
    ):
        yield


def seen(provider: Provider, call: dict[str, Any], quick: bool, waits: bool) -> tuple[object, ...]:
    """Return all that the program and the provider see of a call."""
    given = dict(call)
    system = given.pop("system", None)
    messages = [{"role": "system", "content": system}] if system else []
    given = {
        "model": litellm_environment.MODEL,
        **given,
        "messages": [*messages, {"role": "user", "content": "é 😀\n</"}],
    }
    provider.forget()
    litellm_environment.forget_clients()
    with quick_calls() if quick else nullcontext():
        try:
            answer = asyncio.run(litellm.acompletion(**given)) if waits else litellm.completion(**given)
            outcome: object = [choice.message.content for choice in answer.choices]
        except Exception as error:
            outcome = type(error), re.sub(r"time taken=[\d.]+", "", str(error))
    return outcome, list(provider.requests), list(provider.bodies), list(provider.keys), list(provider.hosts)


@pytest.mark.parametrize("waits", [True, False], ids=["async", "sync"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("script", SCRIPTS)
def test_the_short_way_is_as_litellms_own(script: str, call: str, waits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    litellm_environment.prepare_environment()
    litellm_environment.quiet_litellm()
    provider = Provider()
    SCRIPTS[script](provider)
    with answered_by(provider):
        own, quick = (seen(provider, CALLS[call], short, waits) for short in (False, True))
    assert quick == own
    assert provider.requests
