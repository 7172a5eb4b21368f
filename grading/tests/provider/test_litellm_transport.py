"""What the suite takes for granted about how LiteLLM, the OpenAI SDK, respx and Starlette send requests.

A failure here means that an upgrade changed something under the suite; the message says what leans on it.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import Any

import httpx
import litellm
import openai
import pytest
import respx
from fastapi import FastAPI
from starlette.testclient import TestClient

from grading.provider import litellm_environment, wire
from grading.tests.provider.litellm_calls import (
    CALLS,
    MESSAGES,
    PLAIN,
    PROMPT,
    ROUTERS,
    completion,
    fails,
    provider,
    says,
    stream,
)

OPENAI = "openai/gpt-5-nano"
ANTHROPIC = "anthropic/claude-haiku-4-5"
untyped: Any = litellm  # its types do not know all that it has

IMPORT = """
import sys
before = set(sys.modules)
from grading.provider import litellm_environment
added = {name.partition(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names
litellm_environment.prepare_environment()
attempts = []
def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        attempts.append(f"{event} {args[1:]}")
        raise ConnectionRefusedError(event)
sys.addaudithook(watch)
import dotenv
dotenv.load_dotenv = lambda *args, **kwargs: attempts.append("load_dotenv")
import json, litellm, threading
threads = [thread.name for thread in threading.enumerate()]
print(json.dumps({"added": sorted(added), "attempts": attempts, "threads": threads}))
"""


def test_importing_litellm_touches_neither_network_nor_dotenv_files() -> None:
    unprepared = {name: value for name, value in os.environ.items() if name not in litellm_environment.SETTINGS}
    run = subprocess.run(
        [sys.executable, "-c", IMPORT],
        env=unprepared,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    assert seen["added"] == ["grading"], "litellm_environment must be importable before everything else"
    assert seen["attempts"] == [], "a setting in litellm_environment.SETTINGS lost its effect on the import"
    assert seen["threads"] == ["MainThread"], "importing litellm starts threads: the farm must not fork then"
    assert run.stderr == ""


def test_this_process_was_prepared_before_litellm_was_imported() -> None:
    assert litellm_environment.SETTINGS.items() <= os.environ.items()
    assert litellm.suppress_debug_info is True


def test_preparing_removes_real_keys_addresses_and_proxies() -> None:
    keep = {"PATH": "/bin", "HOME": "/home/kit", "LLM_MODEL": "openai/x", "PYTHONPATH": "x"}
    leave = (
        "OPENAI_BASE_URL",
        "OPENAI_ORGANIZATION",
        "https_proxy",
        "NO_PROXY",
        "LITELLM_DROP_PARAMS",
        "EXA_API_KEY",
    )
    environ = {**keep, **dict.fromkeys([*leave, "OPENAI_API_KEY", "LITELLM_MODE"], "real")}
    litellm_environment.prepare_environment(environ)
    assert "real" not in environ.values()
    assert environ == {**keep, **litellm_environment.SETTINGS, **litellm_environment.PROVIDER_KEYS}
    keys = litellm_environment.PROVIDER_KEYS.values()
    assert len(set(keys)) == len(keys)
    assert all(key.startswith(litellm_environment.CANARY) for key in keys)


def test_without_the_variable_async_calls_would_bypass_respx(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask() -> None:
        try:
            await litellm.acompletion(model=OPENAI, messages=MESSAGES, max_retries=0)
        finally:
            await untyped.close_litellm_async_clients()

    monkeypatch.delenv("DISABLE_AIOHTTP_TRANSPORT")
    with provider(says("hello")) as requests:
        with pytest.raises(openai.APIError):
            asyncio.run(ask())
        assert requests == [], "async calls use httpx by themselves now: DISABLE_AIOHTTP_TRANSPORT can go"


def test_the_openai_sdk_is_built_on_httpx() -> None:
    assert issubclass(openai.DefaultHttpxClient, httpx.Client), "respx does not see this SDK (3.0 moved to httpx2)"
    assert issubclass(openai.DefaultAsyncHttpxClient, httpx.AsyncClient)


def test_respx_leaves_the_test_client_alone() -> None:
    app = FastAPI()
    app.get("/")(lambda: "from the app")
    with respx.mock(assert_all_called=False) as router, TestClient(app) as client:
        catch_all = router.route()
        assert client.get("/").json() == "from the app"
        assert not catch_all.called, "respx catches the calls to the app under test: the suite cannot tell them apart"


@pytest.mark.parametrize("model", [OPENAI, ANTHROPIC])
def test_responses_work_too(model: str) -> None:
    with provider(says(PROMPT)) as requests:
        whole: list[Any] = [
            litellm.responses(model=model, input=PROMPT),
            asyncio.run(litellm.aresponses(model=model, input=PROMPT)),
        ]
        events: Any = litellm.responses(model=model, input=PROMPT, stream=True)
        deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert [response.output_text for response in whole] == [PROMPT, PROMPT], "this needs the extra litellm[mcp]"
    assert "".join(deltas) == PROMPT
    assert [wire.read_request(request).prompt for request in requests] == [PROMPT] * 3


def test_some_models_are_asked_through_responses_behind_completion() -> None:
    with provider(says(PROMPT)) as requests:
        assert completion("openai/o1-pro") == PROMPT
    assert requests[0].url.path == "/v1/responses"
    assert wire.read_request(requests[0]).prompt == PROMPT


@pytest.mark.parametrize("style", CALLS)
@pytest.mark.parametrize("model", [OPENAI, ANTHROPIC])
def test_the_time_out_is_visible_on_the_request(model: str, style: str) -> None:
    # That the argument and the Router's own setting show, too, is tested with the wire formats.
    with provider(says("hello")) as requests:
        CALLS[style](model)
    default = wire.read_request(requests[0]).timeout
    assert default == (6000 if style in ROUTERS else 600), "LiteLLM's default: the contract's limit is 60"
    with provider(says("hello")) as requests:
        untyped.request_timeout = 11
        CALLS[style](model)
    assert wire.read_request(requests[0]).timeout == 11, "litellm.request_timeout is one of the contract's three ways"


def test_clients_are_cached_and_can_be_forgotten() -> None:
    cache = litellm.in_memory_llm_clients_cache.cache_dict
    with provider(says("hello")):
        completion(OPENAI)
        assert cache, "LiteLLM caches clients elsewhere: forget_clients() must find them, or tests leak into each other"
        cached = dict(cache)
        completion(OPENAI)
        assert dict(cache) == cached
    assert not cache


def test_module_settings_are_restored() -> None:
    callbacks, unset = untyped.success_callback, untyped.request_timeout
    untyped.success_callback.append("left by a program")
    untyped.callbacks = ["left by a program"]
    untyped.request_timeout = 1
    untyped.cache = object()
    untyped.model_alias_map["kit"] = "left by a program"
    litellm_environment.forget_clients()
    assert untyped.success_callback is callbacks
    assert (untyped.success_callback, untyped.callbacks, untyped.cache) == ([], [], None)
    assert (untyped.request_timeout, untyped.model_alias_map) == (unset, {})


def test_failures_print_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    for model in (OPENAI, ANTHROPIC):
        for call in PLAIN.values():
            with provider(fails(500)), pytest.raises(openai.APIError):
                call(model)
    assert capfd.readouterr() == ("", "")


def test_what_litellm_does_to_a_models_text() -> None:
    with provider(says("<think>secret</think>open")):
        assert completion(OPENAI) == "open", "LiteLLM no longer cuts <think> out: the suite's texts may have it"
    text = "[DONE]" * 8  # comes in eight pieces
    with provider(says(text)):
        assert stream(OPENAI) == text
        assert stream("groq/llama3") == "", "LiteLLM no longer drops pieces with [DONE]: the suite's texts may have it"
