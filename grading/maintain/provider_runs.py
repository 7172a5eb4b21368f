"""Play each provider's failures against the solution, in this process, and note what becomes of them.

Set up LiteLLM's environment and `quiet_litellm` first. No request leaves this process.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import socket
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import httpx
import litellm
from litellm.llms.vertex_ai.vertex_llm_base import VertexBase

from grading import KIT
from grading.provider import litellm_environment
from grading.provider.failures import ProviderFailures
from grading.provider.provider import Provider, ProviderRouter
from grading.provider.wire import Break

TEXT = "One, two, three, four, five, six, seven, eight."
SECRET = "the-providers-canary"
"""Stands in each failure. Without digits: LiteLLM takes "403" anywhere in Gemini's text for a status."""
BREAKS: dict[Break, str] = {
    "error": "stream: an error event",
    "lost": "stream: the connection is lost",
    "silent": "stream: nothing more comes",
    "ends": "stream: it ends in the middle",
}
TRANSPORT: dict[str, Callable[[Provider], None]] = {
    "no answer in time": Provider.times_out,
    "no connection": Provider.refuses_connections,
    "a web page instead of JSON": lambda provider: provider.sends("<html><title>Log in</title></html>"),
}
"""What can happen with any provider."""
ADDRESSES = {
    "DATABRICKS_API_BASE": "https://databricks.kit.example/serving-endpoints",
    "LM_STUDIO_API_BASE": "https://lm-studio.kit.example/v1",
    "LM_STUDIO_API_KEY": f"{litellm_environment.CANARY}-lm-studio-api-key",
    "VERTEXAI_LOCATION": "us-central1",
    "VERTEXAI_PROJECT": "kit",
    "WATSONX_API_BASE": "https://watsonx.kit.example",
    "WATSONX_PROJECT_ID": "kit",
}
"""What further providers need to be told."""


@dataclass(frozen=True)
class Run:
    """What one request to the solution came to.

    `where` LiteLLM raised: at the "await", at the "first piece", "later" or not at all (""). `asked` counts chat
    requests, `look_ups` names what LiteLLM asked beside them. `done`: the answer ended with [DONE]. `leaks`: it held
    something that only the provider, or the owner of the key, knows.
    """

    status: int
    raised: str
    where: str
    asked: int
    look_ups: tuple[str, ...]
    done: bool
    leaks: bool
    words: str


@dataclass(frozen=True)
class Outcome:
    """One failure of one provider: what the provider answers ("429"), and both routes' runs."""

    provider: str
    failure: str
    kind: str
    answers: str
    plain: Run | None
    stream: Run | None


class _Recorder:
    """Stands in the place of `litellm.acompletion`, and notes what that raised, and where."""

    def __init__(self, call: Callable[..., Awaitable[Any]]) -> None:
        self._call = call
        self.raised = self.where = ""

    async def __call__(self, *args: Any, **options: Any) -> Any:
        try:
            answer = await self._call(*args, **options)
        except Exception as error:
            self.raised, self.where = _name(error), "await"
            raise
        return self._pieces(answer) if options.get("stream") else answer

    async def _pieces(self, chunks: Any) -> AsyncIterator[Any]:
        where = "first piece"
        try:
            async for chunk in chunks:
                yield chunk
                where = "later" if chunk.choices and chunk.choices[0].delta.content else where
        except Exception as error:
            self.raised, self.where = _name(error), where
            raise


def play(chosen: Iterable[ProviderFailures], program: Path = KIT / "solution" / "main.py") -> list[Outcome]:
    """Play all failures of these providers against a program that reads its module's MODEL at each request."""
    with _imported(program) as main:
        return asyncio.run(_play(main, chosen))


async def _play(main: ModuleType, chosen: Iterable[ProviderFailures]) -> list[Outcome]:
    found = []
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(main.app, raise_app_exceptions=False), base_url="http://app"
    ) as client:
        for known in chosen:
            main.MODEL = known.model  # type: ignore[attr-defined]

            async def both(
                failure: str, kind: str, answers: str, happens: Callable[[Provider], None], *, plain: bool, stream: bool
            ) -> Outcome:
                first = await _run(client, "/generate", happens) if plain else None
                second = await _run(client, "/generate/stream", happens) if stream else None
                return Outcome(known.name, failure, kind, answers, first, second)  # noqa: B023

            for real in known.failures:
                happens = _as(known.name, real.name)
                answers, stream = str(real.status), real.status >= 400
                found.append(await both(real.name, real.kind, answers, happens, plain=True, stream=stream))
            for name, happens in TRANSPORT.items():
                answers = "200" if "page" in name else "nothing"
                found.append(await both(name, "transport", answers, happens, plain=True, stream=answers != "200"))
            for how, name in BREAKS.items() if known.streams else ():
                found.append(await both(name, "stream", "200", _breaks(how), plain=False, stream=True))
    return found


async def _run(client: httpx.AsyncClient, route: str, happens: Callable[[Provider], None]) -> Run:
    litellm_environment.forget_clients()
    provider = Provider()
    provider.secret = SECRET
    provider.answers(TEXT)
    happens(provider)
    recorder = _Recorder(litellm.acompletion)
    with ProviderRouter(provider), mock.patch.object(litellm, "acompletion", recorder):
        answer = await client.post(route, json={"message": "Count to eight."})
    told = f"{answer.headers} {answer.text}"
    leaks = any(secret in told for secret in (provider.secret, "gpu-7.internal", litellm_environment.CANARY))
    asked, done = len(provider.requests), answer.text.endswith("data: [DONE]\n\n")
    look_ups = tuple(dict.fromkeys((*provider.beside, *provider.strays)))
    return Run(answer.status_code, recorder.raised, recorder.where, asked, look_ups, done, leaks, answer.text)


def _as(provider: str, name: str) -> Callable[[Provider], None]:
    return lambda played: played.fails_as(provider, name)


def _breaks(how: Break) -> Callable[[Provider], None]:
    return lambda played: played.breaks_off(how)


def _name(error: Exception) -> str:
    inner = getattr(error, "original_exception", None)
    return type(error).__name__ + (f" around {type(inner).__name__}" if inner is not None else "")


@contextmanager
def _imported(program: Path) -> Iterator[ModuleType]:
    """Import the program anew, in surroundings where every provider could be called and none can be reached."""
    spec = importlib.util.spec_from_file_location("played_main", program)
    assert spec is not None
    assert spec.loader is not None
    main = importlib.util.module_from_spec(spec)

    async def token(*_: Any, **__: Any) -> tuple[str, str]:
        return f"{litellm_environment.CANARY}-vertex-token", "kit"

    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # as errors, LiteLLM's own would look like failures of the provider
        stack.enter_context(mock.patch.dict(os.environ, ADDRESSES))
        stack.enter_context(mock.patch.object(socket, "getaddrinfo", side_effect=socket.gaierror("no look-ups here")))
        stack.enter_context(litellm_environment.no_retry_delay())
        # google-auth, which would fetch the token, is not among the kit's packages.
        stack.enter_context(mock.patch.object(VertexBase, "_ensure_access_token_async", token))
        spec.loader.exec_module(main)
        try:
            yield main
        finally:
            litellm_environment.forget_clients()
