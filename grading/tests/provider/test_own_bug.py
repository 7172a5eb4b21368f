"""A start of the app with bugs: every way to call LiteLLM has them, on demand only."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import litellm
import pytest

from grading.provider.litellm_environment import OWN_BUG, PROVIDER_KEYS
from grading.provider.provider import Provider
from grading.tests.programs import write

PROGRAM = """
import os
import litellm
from fastapi import FastAPI
from litellm import Router, acompletion, completion

CALL = {"model": "openai/gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]}
deployment = {"model_name": "m", "litellm_params": {"model": CALL["model"]}}
router = Router(model_list=[deployment], num_retries=1, disable_cooldowns=True)
app = FastAPI()

@app.get("/")
async def call():
    try:
        return (await ask()).choices[0].message.content
    except Exception as error:
        return f"{type(error).__name__}: {error}"

@app.get("/environment")
def environment():
    return sorted(name for name in os.environ if name.startswith("KIT_OWN"))

async def ask():
"""
IN_A_THREAD = "    import asyncio\n    return await asyncio.to_thread({})\n"
STREAMED = """    chunks = [chunk async for chunk in await {}]
    return litellm.stream_chunk_builder(chunks)
"""
STYLES = {
    "module": "    return await litellm.acompletion(**CALL)\n",
    "name": "    return await acompletion(**CALL)\n",
    "sync": IN_A_THREAD.format("completion, **CALL"),
    "router": "    return await router.acompletion('m', CALL['messages'])\n",
    "sync-router": IN_A_THREAD.format("router.completion, 'm', CALL['messages']"),
    "stream": STREAMED.format("acompletion(**CALL, stream=True)"),
    "router-stream": STREAMED.format("router.acompletion('m', CALL['messages'], stream=True)"),
    "client": IN_A_THREAD.format("litellm.LiteLLM().chat.completions.create, **CALL"),
    "retries": IN_A_THREAD.format("litellm.completion_with_retries, **CALL"),
}

with_bugs = pytest.mark.parametrize("provider_keys", [{**PROVIDER_KEYS, OWN_BUG: "yes"}], ids=["bugs"])


@pytest.fixture
def app_folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The plugin's `client` runs this program."""
    return write(tmp_path, PROGRAM + getattr(request, "param", STYLES["module"]))


@with_bugs
@pytest.mark.parametrize("app_folder", STYLES.values(), ids=STYLES, indirect=True)
def test_every_way_to_call_litellm_has_a_bug_on_demand(client: Any, provider: Provider) -> None:
    provider.answers("Fine.")
    assert client.get("/").json() == "Fine."
    asked = len(provider.requests)
    for kind in ("NameError", "ValueError"):
        provider.gives_the_program_a_bug(kind)
        text = client.get("/").json()
        assert text.startswith(f"{kind}: name 'modle' is not defined. {provider.secret}")
        assert "/srv/llm" in text
    assert len(provider.requests) == asked


@with_bugs
def test_the_program_does_not_see_why(client: Any) -> None:
    assert client.get("/environment").json() == []


def test_another_start_has_no_bugs(client: Any, provider: Provider) -> None:
    provider.gives_the_program_a_bug("NameError")
    provider.answers("Fine.")
    assert client.get("/").json() == "Fine."
    assert OWN_BUG not in os.environ
    assert litellm.completion.__module__ != "grading.provider.own_bug"
