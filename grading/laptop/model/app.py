"""The web application: the routes of OpenAI's chat API, the weather's routes, and who may use them.

A web page that is open in a browser on this computer must not use the model: a request whose Host is not a
loopback name (DNS rebinding), or that another site's page makes (Origin), gets 403. No CORS header is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grading.laptop.model.chat import ChatRequest, Envelope, choice, failure, too_long, usage
from grading.laptop.model.engine import MODEL, Ending, PromptTooLongError
from grading.laptop.model.turns import Turns
from grading.laptop.model.weather import Forecast, Weather, storm

LARGEST_BODY = 1_000_000  # bytes
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}

logger = logging.getLogger(__name__)

Answer = AsyncGenerator[str | Ending, None]


def create_app(turns: Turns, weather: Weather, closing: asyncio.Event, hang_up: Callable[[Request], None]) -> ASGIApp:
    """The application. `closing` is set when the server stops; `hang_up` closes a request's connection."""
    app = FastAPI(title="The model on the laptop")

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
    async def chat(body: ChatRequest, request: Request) -> Response:
        try:
            return await _while_wanted(request, closing, reply(body, request))
        except PromptTooLongError as error:
            return too_long(error.prompt_tokens, error.context)
        except Exception:  # for the terminal, not for the client
            logger.exception("The engine failed.")
            return failure(500, "The engine failed; the server's terminal says why.", "server_error")

    async def reply(body: ChatRequest, request: Request) -> Response:
        now = weather.next()
        if now.weather == "slow":
            await asyncio.sleep(now.seconds)
        if now.weather == "down":
            hang_up(request)
            return Response()
        if response := storm(now, bool(body.stream)):
            return response
        if body.model != MODEL:
            message = f"This server has one model: LLM_MODEL=llamafile/{MODEL}"
            return failure(404, message, "invalid_request_error", "model_not_found")
        answer = turns.ask(body.question())
        if not body.stream:
            return JSONResponse(await _whole(answer))
        first = await anext(answer)  # an error comes here, while the status can still be chosen
        include_usage = body.stream_options is not None and body.stream_options.include_usage
        return StreamingResponse(_stream(first, answer, include_usage), media_type="text/event-stream")

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part != "body")
        return failure(400, f"{where or 'body'}: {first['msg']}", "invalid_request_error")

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        return failure(error.status_code, str(error.detail), "invalid_request_error")

    return _Guard(app)


async def _whole(answer: Answer) -> dict[str, Any]:
    async with contextlib.aclosing(answer):
        *pieces, ending = [event async for event in answer]
    assert isinstance(ending, Ending)  # as `Turns.ask` promises
    return Envelope().whole([choice("".join(map(str, pieces)), ending.finish_reason)], ending)


async def _stream(first: str | Ending, answer: Answer, include_usage: bool) -> AsyncIterator[str]:
    envelope = Envelope()
    async with contextlib.aclosing(answer):
        yield _event(envelope.chunk({"role": "assistant", "content": ""}))
        event = first
        while not isinstance(event, Ending):
            yield _event(envelope.chunk({"content": event}))
            event = await anext(answer)
        yield _event(envelope.chunk({}, event.finish_reason))
        if include_usage:
            yield _event(envelope.chunk(None, usage=usage(event)))
        yield "data: [DONE]\n\n"


def _event(body: dict[str, Any]) -> str:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"


async def _while_wanted(request: Request, closing: asyncio.Event, work: Coroutine[Any, Any, Response]) -> Response:
    """What `work` responds, unless the client hangs up or the server stops first: that cancels it."""

    async def hung_up() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    task = asyncio.ensure_future(work)
    tasks: list[asyncio.Future[Any]] = [task, *map(asyncio.ensure_future, (hung_up(), closing.wait()))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if task.done() and not closing.is_set():  # an answer that is done while it closes is cut short
            return task.result()
        return failure(503, "The model server is stopping.", "server_error")
    finally:
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Guard:
    """Lets in what comes from a program on this computer, and bodies up to LARGEST_BODY."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        size = 0

        async def receive_some() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > LARGEST_BODY:
                raise HTTPException(413, f"The body is longer than {LARGEST_BODY:,} bytes.")
            return message

        origin = headers.get("origin")
        if not _is_loopback(f"//{headers.get('host', '')}") or (origin is not None and not _is_loopback(origin)):
            message = "This server answers programs on this computer only, and no web pages of other sites."
            await failure(403, message, "permission_error")(scope, receive, send)
        else:
            await self._app(scope, receive_some, send)


def _is_loopback(url: str) -> bool:
    try:
        return urlsplit(url).hostname in _LOOPBACK
    except ValueError:
        return False
