"""LiteLLM's REQUEST_TIMEOUT counts if the program sets it before it imports LiteLLM, as under uvicorn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import litellm
import pytest

from grading.provider.provider import Provider
from grading.tests.programs import write

SET = "import os\nos.environ['REQUEST_TIMEOUT'] = '45'\n"
IMPORTS = {
    "import": "import litellm\n",
    "from": "from litellm import acompletion\n",
    "submodule": "import litellm.exceptions\n",
    "by name": "import importlib\nimportlib.import_module('litellm')\n",
}
ROUTE = """
import litellm
from fastapi import FastAPI
app = FastAPI()

@app.get("/")
async def ask():
    await litellm.acompletion("anthropic/claude-haiku-4-5", [{"role": "user", "content": "Hello"}])
    await litellm.acompletion("openai/gpt-4o-mini", [{"role": "user", "content": "Hello"}])
"""


@pytest.fixture
def app_folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The plugin's `client` runs the program that a test names."""
    return write(tmp_path, request.param + ROUTE)


def timeouts(client: Any, provider: Provider) -> list[float | None]:
    assert client.get("/").status_code == 200
    return [request.timeout for request in provider.requests]


@pytest.mark.parametrize("app_folder", [SET + text for text in IMPORTS.values()], ids=IMPORTS, indirect=True)
def test_it_counts_if_it_is_set_before_the_import(client: Any, provider: Provider) -> None:
    assert timeouts(client, provider) == [45, 45]


@pytest.mark.parametrize("app_folder", [text + SET for text in IMPORTS.values()], ids=IMPORTS, indirect=True)
def test_it_comes_too_late_after_the_import(client: Any, provider: Provider) -> None:
    assert timeouts(client, provider) == [600, 600]


@pytest.mark.parametrize("app_folder", [f"{SET}import litellm\nlitellm.request_timeout = 20\n"], indirect=True)
def test_what_the_program_says_later_wins(client: Any, provider: Provider) -> None:
    assert timeouts(client, provider) == [20, 20]


@pytest.mark.parametrize("app_folder", ["", SET.replace("45", "soon")], ids=["unset", "no-number"], indirect=True)
def test_without_a_number_litellms_own_holds(client: Any, provider: Provider) -> None:
    before = litellm.request_timeout
    assert timeouts(client, provider) == [600, 600]
    assert litellm.request_timeout == before
