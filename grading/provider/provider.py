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
from grading.provider.failures import failure
from grading.provider.failures.canary import with_canary
from grading.results.failure import canary

PATIENCE = 20.0
"""Seconds that a held request waits at most; only a program that blocks its server ever waits that long."""


OWN_BUG_URL = "https://own-bug.kit.example/"
"""Where a program that is to have bugs asks for the next one: see `own_bug`."""


class UnforeseenError(Exception):
    """An exception that no program can name."""


BUGS: dict[str, type[Exception]] = {each.__name__: each for each in (NameError, UnforeseenError, ValueError)}
"""What calls to LiteLLM can be made to raise that no provider is to blame for."""


@dataclass
class Hold:
    """Held requests: the provider "is thinking" until `release` is set. `reached` is set when all have arrived."""

    awaited: int = 1
    reached: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    blocks_server: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arrive(self, on_server_thread: bool) -> None:
        """Note that the request arrived. A synchronous one on the server's thread can never overlap."""
        self.blocks_server = self.blocks_server or on_server_thread
        with self._lock:
            self.awaited -= 1
        if self.awaited <= 0:
            self.reached.set()
        if on_server_thread:
            self.release.set()


class Provider:
    """A language model's provider whose every answer is scripted.

    `requests` lists what it was asked since the app started. `secret` stands in every failure that it
    sends, as do a key, a host name and a path: none of them may reach the app's own clients.
    """

    stray = "a request that is not LiteLLM's"
    expected = (
        "the program talks to the model's provider only, through LiteLLM: call litellm.acompletion or "
        "litellm.completion in place of OpenAI's own client, requests or httpx"
    )

    def __init__(self) -> None:
        self.secret = canary("secret")
        self.text: str | None = None
        self.requests: list[wire.ChatRequest] = []
        self.bodies: list[str] = []
        self.keys: list[str] = []
        """For each request, the headers that may hold a key."""
        self.hosts: list[str] = []
        """For each request, the host that it went to."""
        self.beside: list[str] = []
        """What it was asked that is no chat: a moderation, a list of models. It counts for nothing."""
        self.blocked = False
        """Whether a request held up the thread of the app's event loop."""
        self.strays: list[str] = []
        self.calls = 0
        """How often a program that was started for bugs has called LiteLLM, whether or not the model was asked then."""
        self._bug = ""
        self.server_thread: int | None = None
        self._hold: Hold | None = None
        self._respond: Callable[[httpx.Request], httpx.Response]
        self.answers(canary("answer"))

    # What to say from now on.

    def answers(self, text: str | None, *, cut_off: bool = False) -> None:
        """Answer with this text; None makes the text of the answer null. `cut_off`: it reached the limit of tokens."""
        self.text = text
        self._respond = lambda request: wire.answer_text(request, text, cut_off=cut_off)

    def echoes(self, answer: Callable[[str], str]) -> None:
        """Answer with what the function makes of the last message's content."""
        self._respond = lambda request: wire.answer_text(request, answer(wire.read_request(request).prompt))

    def fails(
        self, status: int, message: str = "Something went wrong.", code: str | None = None, *, retry: bool = False
    ) -> None:
        """Answer with this HTTP status (400 to 599) and the provider's own error message.

        With `retry`, the OpenAI SDK asks again, up to three times; else the answer tells it not to, which is quicker.
        """
        text = f"{self.secret}: {message} {self._secrets}"  # neither its beginning nor its end may be told
        self._respond = lambda request: wire.answer_error(request, status, text, code, retry=retry)

    def finds_the_prompt_too_long(self) -> None:
        """Refuse the prompt as the provider does when it does not fit into the model's context window."""
        self._respond = lambda request: wire.answer_too_long(request, self._secrets)

    def fails_as(self, provider: str, name: str, *, retry: bool = True, pause: int | None = None) -> None:
        """Fail as a real provider did: "groq", "too_long". `name` is a kind of failure or one failure's own name.

        Ask a model of that provider, or LiteLLM does not know whose words they are. `pause`: so many seconds are to
        pass before the next try (Retry-After), which the SDK keeps to. Raises KeyError.
        """
        real = failure(provider, name)
        body, headers = with_canary(real.body, self._secrets), {**real.headers, "x-request-id": self.secret}
        headers |= {"retry-after-ms": f"{pause * 1000}"} if pause is not None else {}
        self._respond = lambda request: wire.answer_body(request, real.status, body, headers, retry=retry)

    def breaks_off(self, how: wire.Break = "error") -> None:
        """Break off after the first pieces of a streamed answer; without a stream, fail with 500.

        how: it says an error, as the protocol does; the connection is "lost"; nothing more comes ("silent"); it "ends".
        """
        message = f"The server had an error. {self._secrets}"
        self._respond = lambda request: wire.answer_broken_stream(request, self.text or "", message, how)

    def gives_the_program_a_bug(self, kind: str) -> None:
        """Let the program's own calls to LiteLLM raise this, one of `BUGS`, if it was started for that."""
        self._bug = f"{kind}: name 'modle' is not defined. {self._secrets}"

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
    def hold(self, requests: int = 1) -> Iterator[Hold]:
        """Hold the next requests until they are released, the block is left, or PATIENCE is over."""
        self._hold = hold = Hold(requests)
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
        self.hosts.clear()
        self.beside.clear()
        self.blocked = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, when it is no longer held. Raises as `handle` does."""
        blocks = self.blocks_server(request)
        # LiteLLM itself holds the thread up before its first call of a model of Ollama's.
        self.blocked |= blocks and not request.url.path.endswith("/api/show")
        if hold := self.held(request):
            hold.arrive(on_server_thread=blocks)
            hold.release.wait(PATIENCE)
        return self.handle(request)

    def asked(self) -> list[str]:
        """Return what it was asked, strays and requests beside the chat among it, in a few words each."""
        return [*(f"a model ({chat.model})" for chat in self.requests), *self.beside, *self.strays]

    def caught(self) -> ProviderRouter:
        """Return what catches the requests of this process."""
        return ProviderRouter(self)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Record the request and answer it. Raises the httpx exception that the script asks for."""
        if str(request.url) == OWN_BUG_URL:
            self.calls += 1
            return httpx.Response(200, text=self._bug, request=request)
        if (answer := wire.answer_beside(request)) is not None:
            address = f"{request.url.scheme}://{request.url.netloc.decode()}{request.url.path}"
            self.beside.append(f"{request.method} {address}"[:200])
            return answer
        try:
            chat = wire.read_request(request)
        except wire.NotAChatRequest as stray:
            self.strays.append(str(stray))
            raise httpx.ConnectError("The test suite stopped this request.", request=request) from None
        self.requests.append(chat)
        self.keys.append(f"{request.headers.get('authorization', '')} {request.headers.get('x-api-key', '')}")
        self.hosts.append(request.url.netloc.decode("ascii", "replace"))
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
        """Return the hold that applies to this request, if any; it applies to as many as it was made for."""
        hold = self._hold
        if hold is None or hold.reached.is_set() or wire.answer_beside(request) is not None:
            return None
        return hold

    @property
    def _secrets(self) -> str:
        return f"{self.secret} (key sk-{self.secret}, host gpu-7.internal.example, /srv/llm/run.py)"

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
