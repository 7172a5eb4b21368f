"""What a worked example needs: a provider that says what it is told, a live server, the model on the laptop.

Nothing here reaches a network or needs a key: `play_provider` takes real ones out of the kernel's environment.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import respx
from respx.models import PassThrough

from grading.provider import litellm_environment
from grading.provider.provider import Provider, ProviderRouter
from grading.webapp.asgi_server import hosted
from grading.webapp.live_server import serving

LOOPBACK = "127.0.0.1"

_stage = ExitStack()  # what is set up in this kernel: one provider at a time
_model = ExitStack()
atexit.register(_model.close)  # the engine's own threads would keep the kernel alive


class PlayedProvider(Provider):
    """The suite's scripted provider, which can also take its time."""

    def __init__(self) -> None:
        super().__init__()
        self.answers("Hello! How can I help?")
        self.seconds = 0.0

    def thinks(self, seconds: float) -> None:
        """Wait so long before each answer."""
        self.seconds = seconds


class _StageRouter(ProviderRouter):
    """Catches what LiteLLM sends to any provider; lets through what goes to this computer."""

    provider: PlayedProvider

    def handler(self, request: httpx.Request) -> httpx.Response:
        _let_pass(request)
        time.sleep(self.provider.seconds)
        return super().handler(request)

    async def async_handler(self, request: httpx.Request) -> httpx.Response:
        _let_pass(request)
        await asyncio.sleep(self.provider.seconds)
        return await super().async_handler(request)


def _let_pass(request: httpx.Request) -> None:
    if request.url.host == LOOPBACK:
        raise PassThrough("", request=request, origin=respx.Route())


def play_provider() -> PlayedProvider:
    """Let a scripted provider answer whatever LiteLLM asks in this kernel, from now on, and return it."""
    litellm_environment.prepare_environment()
    litellm_environment.quiet_litellm()
    # Its logging thread complains, with a traceback, when calls come from two event loops: a kernel's and an app's.
    logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)
    _stage.close()
    litellm_environment.forget_clients()
    _stage.enter_context(litellm_environment.no_retry_delay())
    provider = PlayedProvider()
    _stage.enter_context(_StageRouter(provider))
    return provider


@contextmanager
def live(app: Any) -> Iterator[str]:
    """Serve `app` by uvicorn, in a thread, on a free port of this computer; yields its address."""
    with hosted(app) as host, serving(host) as server:
        yield server.url


def laptop_model() -> dict[str, str] | None:
    """Start the small model, if its weights are on this computer.

    Returns what LiteLLM needs to know: `model` and `api_base`. None, and a printed sentence, if it can't be had.
    """
    from grading.laptop.model import UnavailableError
    from grading.laptop.model.engine import MODEL, SmolLM2
    from grading.laptop.model.server import start_server
    from grading.laptop.model.weights import fetched, weights_path

    _model.close()
    try:
        if not fetched():
            print("The small model is not on this computer yet. In a terminal, `grade serve` downloads it (93 MB).")
            return None
        engine = SmolLM2(weights_path())
        _model.callback(engine.close)
        server = _model.enter_context(start_server(engine))
    except (UnavailableError, OSError) as problem:
        _model.close()
        print(problem)
        return None
    return {"model": f"llamafile/{MODEL}", "api_base": server.api_base}
