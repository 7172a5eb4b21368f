"""A fake provider, and the ways to ask it through LiteLLM, for the tests that pin what LiteLLM does."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import httpx
import litellm
import respx
from litellm.litellm_core_utils.thread_pool_executor import BoundedLoggingThreadPoolExecutor
from litellm.router import Router

from grading.provider import litellm_environment, wire
from grading.webapp.network_guard import NetworkGuard

litellm_environment.quiet_litellm()

PROMPT = "  Grüß 👋🏽 'Gott'\n\"quoted\" \\n  "
MESSAGES: list[Any] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": PROMPT}]


class Escaped(Exception):
    """Requests that respx did not see; `args` are their hosts and ports."""


Respond = Callable[[httpx.Request], httpx.Response]


@contextmanager
def provider(respond: Respond) -> Iterator[list[httpx.Request]]:
    """Let `respond` answer whatever leaves this process through httpx. Yields the list of requests so far.

    Raises Escaped if anything tried to leave in another way, whatever LiteLLM made of it: with httpcore2, say.
    """
    requests: list[httpx.Request] = []

    def record(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return respond(request)

    # Should respx miss a request, it must not reach the provider.
    guard = NetworkGuard()
    # LiteLLM logs in threads that outlive a call, and would so disturb the next test.
    log_at_once = mock.patch.object(BoundedLoggingThreadPoolExecutor, "submit", _run)
    with (
        guard.active(),
        log_at_once,
        litellm_environment.no_retry_delay(),
        respx.mock(assert_all_called=False) as router,
        warnings.catch_warnings(),
    ):
        # As errors, LiteLLM's own warnings would look like failures of the provider.
        warnings.simplefilter("ignore")
        router.route().mock(side_effect=record)
        try:
            yield requests
        finally:
            litellm_environment.forget_clients()
    if guard.attempts:
        raise Escaped(*sorted(set(guard.attempts)))


def _run(executor: object, function: Callable[..., object], *args: Any, **kwargs: Any) -> None:
    function(*args, **kwargs)


def says(text: str | None) -> Respond:
    """Answer with a text."""
    return lambda request: wire.answer_text(request, text)


def fails(status: int, message: str = "The fake provider failed.", code: str | None = None) -> Respond:
    """Answer with an error."""
    return lambda request: wire.answer_error(request, status, message, code)


def breaks(error: type[httpx.TransportError]) -> Respond:
    """Answer nothing; the transport fails."""

    def respond(request: httpx.Request) -> httpx.Response:
        raise error("The fake provider is gone.", request=request)

    return respond


def completion(model: str, **settings: Any) -> str | None:
    """Return the answer's text."""
    return _text(litellm.completion(model=model, messages=MESSAGES, **settings))


def acompletion(model: str, **settings: Any) -> str | None:
    """Return the answer's text."""
    return _text(asyncio.run(litellm.acompletion(model=model, messages=MESSAGES, **settings)))


def stream(model: str, **settings: Any) -> str:
    """Return the joined deltas; each chunk must have a choice."""
    return "".join(map(_delta, litellm.completion(model=model, messages=MESSAGES, stream=True, **settings)))


def astream(model: str, **settings: Any) -> str:
    """Return the joined deltas; each chunk must have a choice."""

    async def run() -> str:
        chunks = await litellm.acompletion(model=model, messages=MESSAGES, stream=True, **settings)
        return "".join([_delta(chunk) async for chunk in chunks])

    return asyncio.run(run())


def router(model: str, **settings: Any) -> str | None:
    """Return the answer's text; `settings` are the Router's."""
    return _text(_router(model, settings).completion(model="kit", messages=MESSAGES))


def arouter(model: str, **settings: Any) -> str | None:
    """Return the answer's text; `settings` are the Router's."""
    return _text(asyncio.run(_router(model, settings).acompletion(model="kit", messages=MESSAGES)))


Call = Callable[..., str | None]
PLAIN: dict[str, Call] = {"completion": completion, "acompletion": acompletion}
STREAMS: dict[str, Call] = {"stream": stream, "astream": astream}
ROUTERS: dict[str, Call] = {"router": router, "arouter": arouter}
CALLS: dict[str, Call] = {**PLAIN, **STREAMS, **ROUTERS}
"""Name -> function of a model's name that asks it `MESSAGES` in that style."""


def _router(model: str, settings: dict[str, Any]) -> Router:
    made: Router = Router([{"model_name": "kit", "litellm_params": {"model": model}}], **settings)
    return made


def _text(response: Any) -> str | None:
    content: str | None = response.choices[0].message.content
    return content


def _delta(chunk: Any) -> str:
    return chunk.choices[0].delta.content or ""
