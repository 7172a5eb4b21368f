"""The scripted provider: it plays the language model for whatever program is under test.

One respx router catches every request that leaves the program through httpx, whichever provider and call
style LiteLLM was asked for. grading.provider.wire speaks the providers' protocols; this module decides what to say.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import respx

from grading.harness.keys import ON_SERVER_THREAD
from grading.provider import wire
from grading.results.failure import canary

PATIENCE = 20.0
"""Seconds that a held request waits at most; only a program that blocks its server ever waits that long."""


@dataclass
class Hold:
    """One held request: the provider "is thinking" until `release` is set."""

    reached: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    blocks_server: bool = False

    def arrive(self, on_server_thread: bool) -> None:
        """Note that the request arrived. A synchronous one on the server's thread can never overlap."""
        self.blocks_server = self.blocks_server or on_server_thread
        self.reached.set()
        if on_server_thread:
            self.release.set()


class Provider:
    """A language model's provider whose every answer is scripted.

    `requests` lists what it was asked since the app started. `secret` stands in every failure that it
    sends, as do a key, a host name and a path: none of them may reach the app's own clients.
    """

    stray = "a request that is not LiteLLM's"
    expected = "the program talks to the model's provider only, through LiteLLM"

    def __init__(self) -> None:
        self.secret = canary("secret")
        self.text: str | None = canary("answer")
        self.requests: list[wire.ChatRequest] = []
        self.bodies: list[str] = []
        self.keys: list[str] = []
        """For each request, the headers that may hold a key."""
        self.blocked = False
        """Whether a request held up the thread of the app's event loop."""
        self.strays: list[str] = []
        self.server_thread: int | None = None
        self._hold: Hold | None = None
        self._respond: Callable[[httpx.Request], httpx.Response] = self._answer_text

    # What to say from now on.

    def answers(self, text: str | None) -> None:
        """Answer with this text; None makes the text of the answer null."""
        self.text = text
        self._respond = self._answer_text

    def fails(
        self, status: int, message: str = "Something went wrong.", code: str | None = None, *, retry: bool = False
    ) -> None:
        """Answer with this HTTP status (400 to 599) and the provider's own error message.

        With `retry`, the OpenAI SDK asks again, up to three times; else the answer tells it not to, which is quicker.
        """
        text = f"{message} {self.secret} (key sk-{self.secret}, host gpu-7.internal.example, /srv/llm/run.py)"
        self._respond = lambda request: wire.answer_error(request, status, text, code, retry=retry)

    def finds_the_prompt_too_long(self) -> None:
        """Refuse the prompt as OpenAI does when it does not fit into the model's context window."""
        message = "This model's maximum context length is 128000 tokens. Please reduce the length of the messages."
        self.fails(400, message, code="context_length_exceeded")

    def times_out(self) -> None:
        """Never answer: the client's time-out ends the wait (at once, so that tests are quick)."""
        self._respond = self._raise(httpx.ReadTimeout)

    def refuses_connections(self) -> None:
        """Let no connection come about."""
        self._respond = self._raise(httpx.ConnectError)

    def sends(self, body: str) -> None:
        """Answer 200 with this body, whatever it is."""
        self._respond = lambda request: httpx.Response(200, text=f"{body} {self.secret}", request=request)

    def sends_no_choices(self) -> None:
        """Answer 200 with an empty list of choices."""
        self._respond = wire.answer_no_choices

    @contextmanager
    def hold(self) -> Iterator[Hold]:
        """Hold the next request until it is released, the block is left, or PATIENCE is over."""
        self._hold = hold = Hold()
        try:
            yield hold
        finally:
            hold.release.set()
            self._hold = None

    # How it is asked.

    def forget(self) -> None:
        """Forget what was asked so far."""
        self.requests.clear()
        self.bodies.clear()
        self.keys.clear()
        self.blocked = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, when it is no longer held. Raises as `handle` does."""
        blocks = self.blocks_server(request)
        self.blocked |= blocks
        if hold := self.held(request):
            hold.arrive(on_server_thread=blocks)
            hold.release.wait(PATIENCE)
        return self.handle(request)

    def asked(self) -> list[str]:
        """Return what it was asked, strays among it, in a few words each."""
        return [*(f"a model ({chat.model})" for chat in self.requests), *self.strays]

    def caught(self) -> ProviderRouter:
        """Return what catches the requests of this process."""
        return ProviderRouter(self)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Record the request and answer it. Raises the httpx exception that the script asks for."""
        if (description := wire.describe_model(request)) is not None:
            return description  # LiteLLM's own question, beside the chat request
        try:
            chat = wire.read_request(request)
        except wire.NotAChatRequest as stray:
            self.strays.append(str(stray))
            raise httpx.ConnectError("The test suite stopped this request.", request=request) from None
        self.requests.append(chat)
        self.keys.append(f"{request.headers.get('authorization', '')} {request.headers.get('x-api-key', '')}")
        self.bodies.append(request.content.decode("utf-8", "replace"))
        return self._respond(request)

    @property
    def is_holding(self) -> bool:
        """Whether the next request will be held."""
        return self._hold is not None and not self._hold.reached.is_set()

    def blocks_server(self, request: httpx.Request) -> bool:
        """Whether this synchronous request holds up the thread in which the app's event loop runs."""
        return bool(request.extensions.get(ON_SERVER_THREAD, threading.get_ident() == self.server_thread))

    def held(self, request: httpx.Request) -> Hold | None:
        """Return the hold that applies to this request, if any; it applies to one request only."""
        hold = self._hold
        if hold is None or hold.reached.is_set() or wire.describe_model(request) is not None:
            return None
        return hold

    def _answer_text(self, request: httpx.Request) -> httpx.Response:
        return wire.answer_text(request, self.text)

    def _raise(self, kind: type[httpx.TransportError]) -> Callable[[httpx.Request], httpx.Response]:
        def respond(request: httpx.Request) -> httpx.Response:
            raise kind(f"{self.secret} gpu-7.internal.example", request=request)

        return respond


class ProviderRouter(respx.MockRouter):
    """Patches httpx as respx does; the provider answers all, and a held request does not block a loop.

    The provider stands in the place of respx's routes: those would keep every request and answer in memory.
    """

    def __enter__(self) -> ProviderRouter:
        """Patch httpx in this process."""
        super().__enter__()
        return self

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.provider = provider
        """Who answers; another test may put another one here."""

    def handler(self, request: httpx.Request) -> httpx.Response:
        """Answer a synchronous request."""
        return self.provider.answer(request)

    async def async_handler(self, request: httpx.Request) -> httpx.Response:
        """Answer an asynchronous request."""
        if hold := self.provider.held(request):
            hold.arrive(on_server_thread=False)
            for _ in range(round(PATIENCE / 0.002)):
                if hold.release.is_set():
                    break
                await asyncio.sleep(0.002)
        return self.provider.handle(request)
