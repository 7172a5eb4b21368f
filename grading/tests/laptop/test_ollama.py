"""Ollama is asked before the app starts, as LiteLLM asks it before each chat."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from grading.laptop import ollama

asked: list[tuple[str, object]] = []


class Ollama(BaseHTTPRequestHandler):
    """Has one model."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        asked.append((self.path, body))
        self.send_response(200 if body["model"] == "llama3.2" else 404)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture
def base() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Ollama) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        asked.clear()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_model_that_is_there(base: str) -> None:
    assert ollama.ollama_problem({"LLM_MODEL": "ollama_chat/llama3.2", "OLLAMA_API_BASE": f"{base}/"}) is None
    assert asked == [("/api/show", {"model": "llama3.2"})]


def test_a_model_that_was_not_pulled(base: str) -> None:
    problem = ollama.ollama_problem({"LLM_MODEL": "ollama/qwen3:8b", "OLLAMA_API_BASE": base})
    assert problem == f"Ollama at {base} has no model qwen3:8b: ollama pull qwen3:8b"


@pytest.mark.parametrize("address", ["", "http://127.0.0.1:1", "no address", "http://[::1"])
def test_no_ollama(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ollama, "_USUAL", "http://127.0.0.1:1")
    problem = ollama.ollama_problem({"LLM_MODEL": "ollama_chat/llama3.2", "OLLAMA_API_BASE": address})
    assert (problem or "").startswith(f"No Ollama answers at {address or 'http://127.0.0.1:1'}: start it, or set ")


def test_other_models_are_not_asked_about() -> None:
    assert ollama.ollama_problem({"LLM_MODEL": "openai/gpt-5-nano", "OLLAMA_API_BASE": "no address"}) is None
    assert ollama.ollama_problem({}) is None
