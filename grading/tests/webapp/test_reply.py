"""What uvicorn would not send either is no answer."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import httpx
import pytest

from grading.webapp.asgi_server import hosted
from grading.webapp.reply import Message, Reply, unpacked

START: Message = {"type": "http.response.start", "status": 200, "headers": []}
BODY: Message = {"type": "http.response.body", "body": b"body"}


def answered(*messages: Message, method: str = "GET") -> tuple[int, bytes]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            for message in messages:
                await send(message)

    with hosted(app) as server:
        reply = server.request(method, "/", [], b"")
    return reply.status, reply.body


def with_length(length: bytes, *more: tuple[bytes, bytes]) -> Message:
    return {**START, "headers": [(b"Content-Length", length), *more]}


def piece(body: bytes) -> Message:
    return {**BODY, "body": body, "more_body": True}


def test_an_answer_in_pieces_is_put_together() -> None:
    assert answered(START, piece(b"a"), piece(b"b"), BODY) == (200, b"abbody")
    assert answered(with_length(b"6"), piece(b"a"), piece(b"b"), BODY) == (200, b"abbody")


@pytest.mark.parametrize(
    "messages",
    [
        (BODY, START),
        (START, START, BODY),
        (START, {"type": "http.response.trailers"}, BODY),
        ({**START, "status": "200"}, BODY),
        ({**START, "status": 999}, BODY),
        (with_length(b"3"), BODY),
        (with_length(b"5"), BODY),
        (with_length(b"5"), piece(b"123456"), BODY),
    ],
    ids=[
        "body-first",
        "two-starts",
        "unknown",
        "status-as-text",
        "no-status",
        "too-long",
        "too-short",
        "too-long-piece",
    ],
)
def test_what_cannot_be_sent_ends_the_request(messages: tuple[Message, ...]) -> None:
    status, body = answered(*messages)
    assert status == 500
    assert body.startswith(b"Internal Server Error")


def test_nothing_comes_after_the_end_of_an_answer() -> None:
    assert answered(START, BODY, {**START, "status": 422}, BODY) == (200, b"body")


def test_a_head_request_has_the_length_of_what_get_would_have() -> None:
    assert answered(with_length(b"4"), BODY, method="HEAD") == (200, b"")
    assert answered(with_length(b"4"), {**BODY, "body": b""}, method="HEAD") == (200, b"")


def test_a_length_beside_chunks_means_nothing() -> None:
    assert answered(with_length(b"1", (b"transfer-encoding", b"chunked")), BODY) == (200, b"body")


TEXT = b'{"response": "Hello!"}'


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        (b"gzip", gzip.compress(TEXT)),
        (b"X-GZIP", gzip.compress(TEXT)),
        (b"deflate", zlib.compress(TEXT)),
        (b"deflate, gzip", gzip.compress(zlib.compress(TEXT))),
        (b"identity", TEXT),
        (b"", TEXT),
    ],
)
def test_what_is_packed_is_unpacked(coding: bytes, body: bytes) -> None:
    assert unpacked(Reply(200, [(b"Content-Encoding", coding)], body)) == TEXT


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        (b"gzip", TEXT),
        (b"gzip", gzip.compress(TEXT)[:-9]),
        (b"gzip", gzip.compress(b" " * 5_000_000)),
        (b"gzip, gzip", gzip.compress(TEXT)),
        (b"br", TEXT),
    ],
    ids=["not", "cut", "bomb", "once", "unknown"],
)
def test_what_is_not_packed_as_it_says_is_no_answer(coding: bytes, body: bytes) -> None:
    with pytest.raises(httpx.DecodingError):
        unpacked(Reply(200, [(b"content-encoding", coding)], body))


def test_an_answer_to_head_has_nothing_to_unpack() -> None:
    assert unpacked(Reply(200, [(b"content-encoding", b"gzip")], b"")) == b""
