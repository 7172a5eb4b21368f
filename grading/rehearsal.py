"""Which modules does a program need that calls LiteLLM? LiteLLM imports some 500 of them only when it is called.

And pydantic builds many of its models then. A process that must stay single-threaded, because it forks, cannot call
LiteLLM to find out: the call starts threads. So a child does, and tells the names, and the parent imports and builds.
"""

import asyncio
import contextlib
import importlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import httpx
from pydantic import BaseModel

MODELS = ("openai/gpt-4o-mini", "anthropic/claude-haiku-4-5", "llamafile/model", "ollama_chat/model", "gemini/model")
_TEXT = {"role": "assistant", "content": "text"}
_ANSWER = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": _TEXT}],
}


def import_what_calls_need() -> None:
    """Import in this process what calls of LiteLLM import, and build what they build of pydantic's models.

    Needs os.fork and a process with a single thread.
    """
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        modules, unbuilt = set(sys.modules), set(_models(built=False))
        with contextlib.suppress(BaseException):
            _rehearse()
        built = [(each.__module__, each.__qualname__) for each in _models(built=True) if each in unbuilt]
        with contextlib.suppress(BaseException), os.fdopen(writer, "w") as stream:
            json.dump({"modules": sorted(set(sys.modules) - modules), "models": built}, stream)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        found = json.loads(stream.read() or '{"modules": [], "models": []}')
    os.waitpid(pid, 0)
    for name in found["modules"]:
        with contextlib.suppress(Exception):  # some are made by other modules, not found by their name
            importlib.import_module(name)
    wanted = {tuple(names) for names in found["models"]}
    for model in _models(built=False):
        if (model.__module__, model.__qualname__) in wanted:
            with contextlib.suppress(Exception):
                model.model_rebuild()


def _models(*, built: bool) -> Iterator[type[BaseModel]]:
    """Yield pydantic's models, those that are built or those that will be when they are first used."""
    waiting: list[type[BaseModel]] = [BaseModel]
    seen = set(waiting)
    while waiting:
        model = waiting.pop()
        new = [each for each in type.__subclasses__(model) if each not in seen]
        seen.update(new)
        waiting += new
        if model.__pydantic_complete__ is built:
            yield model


def _rehearse() -> None:
    """Make each kind of call once, answered here."""
    import litellm
    from fastapi import FastAPI, HTTPException
    from fastapi.testclient import TestClient

    def answer(request: httpx.Request) -> httpx.Response:
        status = 400 if b"fail" in request.content else 200
        return httpx.Response(status, json=_ANSWER, request=request)

    async def answer_async(_: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        await request.aread()
        return answer(request)

    httpx.HTTPTransport.handle_request = lambda _, request: answer(request)  # type: ignore[assignment,method-assign]
    httpx.AsyncHTTPTransport.handle_async_request = answer_async  # type: ignore[assignment,method-assign]

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
            for stream in (False, True):
                with contextlib.suppress(Exception):
                    await litellm.acompletion(**call, stream=stream)
                with contextlib.suppress(Exception):
                    await asyncio.to_thread(litellm.completion, **call, stream=stream)
        raise HTTPException(502, "no")

    @app.get("/")
    def hello() -> str:
        return "hello"

    with TestClient(app) as client:
        client.get("/")
        client.get("/openapi.json")
        for message in ("hello", "fail"):
            client.post("/", json={"message": message})
