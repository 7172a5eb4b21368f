"""Call LiteLLM with answers made here, so that the copies of this process need not do what only first calls do.

LiteLLM imports some 500 modules when it is first called, pydantic builds many models then, and caches fill.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import httpx
from pydantic import BaseModel

from grading.provider import litellm_environment, wire
from grading.provider.token_ranks import forget_ranks

T = TypeVar("T")
MODELS = ("openai/gpt-4o-mini", "anthropic/claude-haiku-4-5", "llamafile/model", "ollama_chat/model", "gemini/model")
_PATIENCE = 10.0  # seconds


def rehearse() -> None:
    """Make each kind of call once, in this process, which will fork: so no other thread is left afterwards.

    Call it after `quiet_litellm`. Raises RuntimeError if there is another thread.
    """
    submit = ThreadPoolExecutor.submit

    def submit_or_do(pool: ThreadPoolExecutor, work: Callable[..., T], /, *given: Any, **options: Any) -> Future[T]:
        """Let LiteLLM's own pools, whose threads would stay, start none."""
        if not str(pool._thread_name_prefix).startswith("litellm"):
            return submit(pool, work, *given, **options)
        future: Future[T] = Future()
        try:
            future.set_result(work(*given, **options))
        except Exception as problem:
            future.set_exception(problem)
        return future

    async def answer_async(_: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        await request.aread()
        return _answer(request)

    with (
        mock.patch.object(ThreadPoolExecutor, "submit", submit_or_do),
        mock.patch.object(httpx.HTTPTransport, "handle_request", lambda _, request: _answer(request)),
        mock.patch.object(httpx.AsyncHTTPTransport, "handle_async_request", answer_async),
        contextlib.suppress(Exception),
    ):
        _call()
    litellm_environment.forget_clients()
    forget_ranks()
    end, threads = time.monotonic() + _PATIENCE, Path("/proc/self/task")  # BSD's have none
    while threads.is_dir() and len(list(threads.iterdir())) > 1:  # those of the app's need a moment to end
        if time.monotonic() > end:
            raise RuntimeError("A call of LiteLLM left a thread, so this process must not fork: see rehearsal.py.")
        time.sleep(0.001)


def _answer(request: httpx.Request) -> httpx.Response:
    if (description := wire.answer_beside(request)) is not None:
        return description
    if b"fail" in request.content:
        return wire.answer_error(request, 400, "fail", retry=False)
    return wire.answer_text(request, "text")


def _call() -> None:
    """Make each kind of call once, answered here."""
    import litellm
    from fastapi import FastAPI, HTTPException
    from fastapi.testclient import TestClient

    # No postponed annotations in this module: FastAPI could not find a class that is local to this function.
    class Body(BaseModel):
        message: str

    app = FastAPI()

    @app.post("/")
    async def ask(body: Body) -> str:
        for model in MODELS:
            call: dict[str, Any] = {
                "model": model,
                "messages": [{"role": "user", "content": body.message}],
                "timeout": 5,
            }
            with contextlib.suppress(Exception):
                await litellm.acompletion(**call)
            with contextlib.suppress(Exception):
                async for _ in await litellm.acompletion(**call, stream=True):
                    pass
            with contextlib.suppress(Exception):
                await asyncio.to_thread(litellm.completion, **call)
            with contextlib.suppress(Exception):
                await asyncio.to_thread(lambda: list(litellm.completion(**call, stream=True)))  # noqa: B023
        raise HTTPException(502, "no")

    @app.get("/")
    def hello() -> str:
        return "hello"

    with TestClient(app) as client:
        client.get("/")
        client.get("/openapi.json")
        for message in ("hello", "fail"):
            client.post("/", json={"message": message})
