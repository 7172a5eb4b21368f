"""The model server in front of a stand-in for llama.cpp and of SmolLM2, and a student's program that asks it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from grading import KIT
from grading.laptop.model import ModelUnavailable
from grading.laptop.model.engine import SmolLM2
from grading.laptop.model.server import ModelServer, start_server
from grading.laptop.model.weather import Forecast
from grading.laptop.model.weights import weights_path
from grading.tests.laptop.model.asking import QUESTION, Student
from grading.tests.laptop.model.llama_double import PATIENCE, LlamaDouble, Script


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture(scope="package")
def stage() -> Iterator[tuple[LlamaDouble, ModelServer]]:
    with contextlib.closing(LlamaDouble(Script())) as double, start_server(double) as running:
        yield double, running


@pytest.fixture
def server(stage: tuple[LlamaDouble, ModelServer], script: Script) -> ModelServer:
    double, running = stage
    double.script = script
    running.weather.set(Forecast(weather="sunny"))
    return running


@pytest.fixture
def client(server: ModelServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        yield client


@pytest.fixture(scope="package")
def student_process(stage: tuple[LlamaDouble, ModelServer]) -> Iterator[subprocess.Popen[str]]:
    environ = {name: value for name, value in os.environ.items() if name != "DISABLE_AIOHTTP_TRANSPORT"}
    process = subprocess.Popen(
        [sys.executable, "-m", "grading.tests.laptop.model.litellm_student"],
        cwd=KIT,
        env=environ | {"LLAMAFILE_API_BASE": stage[1].api_base},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    with process:
        yield process
        assert process.stdin
        process.stdin.close()
    assert process.returncode == 0


@pytest.fixture
def student(server: ModelServer, student_process: subprocess.Popen[str]) -> Student:
    """Ask as a student's program does: what came of it."""

    def ask_litellm(style: str, **more: Any) -> dict[str, Any]:
        arguments = QUESTION | {"model": "llamafile/smollm2", "timeout": PATIENCE} | more
        assert student_process.stdin
        assert student_process.stdout
        student_process.stdin.write(json.dumps({"style": style, "arguments": arguments}) + "\n")
        student_process.stdin.flush()
        return dict(json.loads(student_process.stdout.readline()))

    return ask_litellm


@pytest.fixture(scope="package")
def smollm2() -> Iterator[SmolLM2]:
    try:
        model = SmolLM2(weights_path())
    except ModelUnavailable as error:
        pytest.skip(error.reason)
    yield model
    model.close()


@pytest.fixture(scope="package")
def real(smollm2: SmolLM2) -> Iterator[ModelServer]:
    with start_server(smollm2) as server:
        yield server


@pytest.fixture
def real_client(real: ModelServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=real.url, timeout=600) as client:
        yield client
