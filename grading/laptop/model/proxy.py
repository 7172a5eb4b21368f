"""The proxy in front of llama.cpp's server: weather, errors that name the wrong field, and a guard.

A web page that is open in a browser on this computer must not use the model: a request whose Host is not a
loopback name (DNS rebinding), or that another site's page makes (Origin), gets 403. No CORS header is sent.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any, Literal
from urllib.parse import urlsplit

import anyio
import httpx
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as ASGIMessage

from grading.laptop.model.engine import MODEL, Engine
from grading.laptop.model.weather import Forecast, Weather, failure, storm

LARGEST_BODY = 1_000_000  # bytes
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}

logger = logging.getLogger(__name__)


class Part(BaseModel):
    """A part of a message. This model reads text only."""

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Part]


class ChatRequest(BaseModel):
    """POST /v1/chat/completions: what llama.cpp would let pass, or explain badly. It checks the rest."""

    model_config = ConfigDict(extra="allow")

    model: str
    messages: list[Message] = Field(min_length=1)
    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    stream: bool | None = None

    def encode(self) -> bytes:
        """Return the request as JSON for llama.cpp, whose parser rejects lone surrogates: "?" stands for them."""
        body = self.model_dump(exclude_unset=True)
        return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def create_app(engine: Engine, weather: Weather) -> ASGIApp:
    """Build the application. It expects the client's transport in `scope["state"]["connection"]`: see `server`."""
    # No idle connections: llama.cpp closes them after 5 s, perhaps just when the next question is sent.
    llama = httpx.AsyncClient(
        base_url=engine.url,
        headers={"Authorization": f"Bearer {engine.key}", "Content-Type": "application/json"},
        timeout=None,
        trust_env=False,
        limits=httpx.Limits(max_keepalive_connections=0),
    )

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with llama:
            yield

    app = FastAPI(title="The model on the laptop", lifespan=lifespan)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "kit"}]}

    @app.get("/weather")
    async def read_weather() -> dict[str, Any]:
        return weather.report()

    @app.put("/weather")
    async def change_weather(forecast: Forecast) -> dict[str, Any]:
        weather.set(forecast)
        return weather.report()

    @app.post("/v1/chat/completions")
    async def chat(asked: ChatRequest) -> Response:
        return _Answer(asked, weather, llama)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part != "body")
        return failure(400, f"{where or 'body'}: {first['msg']}", "invalid_request_error")

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        return failure(error.status_code, str(error.detail), "invalid_request_error")

    return _Guard(app)


class _Answer(Response):
    """The answer to a chat request, canceled as soon as the client hangs up: llama.cpp then stops, too."""

    def __init__(self, asked: ChatRequest, weather: Weather, llama: httpx.AsyncClient) -> None:
        super().__init__()
        self._asked, self._weather, self._llama = asked, weather, llama

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            tasks.cancel_scope.cancel()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watch)
            await self._answer(scope, receive, send)
            tasks.cancel_scope.cancel()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        now = self._weather.next()
        response: Response | None
        if now.weather == "slow":
            await anyio.sleep(now.seconds)
        if now.weather == "down":
            scope["state"]["connection"].close()
        elif response := storm(now, bool(self._asked.stream)):
            await response(scope, receive, send)
        elif self._asked.model != MODEL:
            message = f"This server has one model: LLM_MODEL=llamafile/{MODEL}"
            await failure(404, message, "invalid_request_error", "model_not_found")(scope, receive, send)
        else:
            await self._relay(scope, receive, send)

    async def _relay(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = self._llama.build_request("POST", "/v1/chat/completions", content=self._asked.encode())
        try:
            answer = await self._llama.send(request, stream=True)
        except httpx.HTTPError:  # for the terminal, not for the client
            logger.exception("The engine failed.")
            message = "The engine failed; the server's terminal says why."
            await failure(500, message, "server_error")(scope, receive, send)
            return
        async with contextlib.aclosing(answer):
            body, kind = answer.aiter_raw(), answer.headers.get("content-type")
            await StreamingResponse(body, answer.status_code, media_type=kind)(scope, receive, send)


class _Guard:
    """Lets in what comes from a program on this computer, and bodies up to LARGEST_BODY."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        size = 0

        async def receive_some() -> ASGIMessage:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > LARGEST_BODY:
                raise HTTPException(413, f"The body is longer than {LARGEST_BODY:,} bytes.")
            return message

        if scope["type"] == "http" and not _is_local(Headers(scope=scope)):
            message = "This server answers programs on this computer only, and no web pages of other sites."
            await failure(403, message, "permission_error")(scope, receive, send)
        else:
            await self._app(scope, receive_some, send)


def _is_local(headers: Headers) -> bool:
    try:
        urls = [f"//{headers.get('host', '')}", *headers.getlist("origin")]
        return all(urlsplit(url).hostname in _LOOPBACK for url in urls)
    except ValueError:
        return False
