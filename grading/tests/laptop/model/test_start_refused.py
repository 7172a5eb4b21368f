"""What can be in the way of the model server's start is told in a sentence."""

from __future__ import annotations

import errno
import importlib
import platform
import socket
from pathlib import Path

import pytest

from grading.laptop.model import ModelUnavailable, PortUnavailable, __main__, engine
from grading.laptop.model.engine import SmolLM2
from grading.laptop.model.server import ModelServer, listen, start_server
from grading.tests.laptop.model.llama_double import LlamaDouble


def test_a_port_in_use(stage: tuple[LlamaDouble, ModelServer]) -> None:
    double, server = stage
    with pytest.raises(PortUnavailable, match=f"Port {server.port} is in use"), start_server(double, server.port):
        pass


def test_a_port_that_nobody_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    for port in (-1, 65536):
        with pytest.raises(PortUnavailable, match=f"{port} is no port"):
            listen(port)
    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(PortUnavailable, match="Port 80 is not allowed"):
        listen(80)


@pytest.mark.parametrize(
    ("error", "avx2", "sentence"),
    [
        (ModuleNotFoundError("No module named 'xllamacpp'"), True, "The engine is not installed"),
        (ImportError("libgomp.so.1: cannot open shared object file"), True, "apt install libgomp1"),
        (ImportError("something else"), True, "could not be loaded: something else"),
        (SystemExit("its import ends the process"), False, "AVX2"),
    ],
)
def test_an_engine_that_cannot_be_loaded(
    error: BaseException, avx2: bool, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(name: str) -> None:
        raise error

    monkeypatch.setattr(importlib, "import_module", fail)
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(engine, "_has_avx2", lambda: avx2)
    with pytest.raises(ModelUnavailable, match=sentence) as caught:
        SmolLM2(Path("weights.gguf"))
    assert "Ollama" in str(caught.value)


def test_the_command_says_in_a_sentence_why_it_cannot_start(
    server: ModelServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main(["--port", str(server.port)]) == 2
    assert "is in use" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        __main__.main(["--weather", "foggy"])
