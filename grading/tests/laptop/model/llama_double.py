"""A stand-in for llama.cpp's server: it says what it was told to say, and remembers what it was asked.

It knows as much of the protocol as the proxy needs; what the real one does, the tests with SmolLM2 show.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PIECES = ["Hé", "llo ", "👋🏽", '\n"wörld"']
PATIENCE = 30  # seconds until something gives up that should happen at once


class Script:
    """What the stand-in does, and what came of it."""

    def __init__(self) -> None:
        self.questions: list[dict[str, Any]] = []
        self.pieces: Callable[[dict[str, Any]], list[str]] = lambda question: PIECES
        self.crashes = False
        self.endless = False
        self.started = threading.Event()
        self.hung_up_on = threading.Event()


class LlamaDouble:
    """The server; it is an `Engine`. Another script may be put in while it runs."""

    key = "only the proxy knows it"

    def __init__(self, script: Script) -> None:
        self.script = script
        handler = type("Handler", (_Handler,), {"double": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    double: LlamaDouble

    def do_POST(self) -> None:
        script = self.double.script
        assert self.path == "/v1/chat/completions"
        if self.headers["Authorization"] != f"Bearer {self.double.key}":
            self._send(401, "application/json", '{"error": {"code": 401}}')
            return
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        script.questions.append(question)
        script.started.set()
        if script.crashes:
            return  # the connection ends without an answer
        streams = bool(question.get("stream"))
        if not streams and script.endless:
            readable, _, _ = select.select([self.connection], [], [], PATIENCE)
            assert self.connection.recv(1, socket.MSG_PEEK) == b"" if readable else False
            script.hung_up_on.set()
        elif streams:
            self._send(200, "text/event-stream", "")
            with contextlib.suppress(OSError):
                for event in self._events(script, question):
                    self.wfile.write(f"data: {event}\n\n".encode())
            script.hung_up_on.set()
        else:
            message = {"role": "assistant", "content": "".join(script.pieces(question))}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            self._send(200, "application/json; charset=utf-8", json.dumps(_body("chat.completion", choice)))

    def _events(self, script: Script, question: dict[str, Any]) -> Iterator[str]:
        yield self._chunk({"role": "assistant", "content": None})
        for piece in script.pieces(question):
            yield self._chunk({"content": piece})
        while script.endless:
            yield self._chunk({"content": "more "})
        yield self._chunk({}, "stop")
        yield "[DONE]"

    def _chunk(self, delta: dict[str, str | None], finish_reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return json.dumps(_body("chat.completion.chunk", choice))

    def _send(self, status: int, kind: str, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Access-Control-Allow-Origin", "*")  # what must not reach a browser
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def _body(kind: str, choice: dict[str, Any]) -> dict[str, Any]:
    usage = {"prompt_tokens": 7, "completion_tokens": 4, "total_tokens": 11}
    return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": "smollm2", "choices": [choice], "usage": usage}
