"""What the suite takes for granted about how LiteLLM, the OpenAI SDK, respx and Starlette send requests.

A failure here means that an upgrade changed something under the suite; the message says what leans on it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import aiohttp
import httpcore2
import httpx
import httpx2
import litellm
import openai
import pytest
import requests
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
    Escaped,
    completion,
    fails,
    provider,
    says,
    stream,
)

OPENAI = "openai/gpt-5-nano"
ANTHROPIC = "anthropic/claude-haiku-4-5"
HOST = "model.example"
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
    with pytest.raises(Escaped), provider(says("hello")), pytest.raises(openai.APIError):
        asyncio.run(ask())
    # If nothing is raised, async calls use httpx by themselves now: DISABLE_AIOHTTP_TRANSPORT can go.


# What respx does not see: a request of LiteLLM's that takes one of these ways fails each test that has a provider.


async def _aiohttp() -> None:
    async with aiohttp.ClientSession() as session, session.get(f"https://{HOST}/"):
        pass


async def _httpx2() -> None:
    async with httpx2.AsyncClient() as client:
        await client.get(f"https://{HOST}/")


def _httpcore2() -> None:
    with httpcore2.ConnectionPool() as pool:
        pool.request("GET", f"https://{HOST}/")


ESCAPES: dict[str, Callable[[], object]] = {
    "aiohttp": lambda: asyncio.run(_aiohttp()),
    "httpx2": lambda: httpx2.get(f"https://{HOST}/"),
    "httpx2-async": lambda: asyncio.run(_httpx2()),
    "httpcore2": _httpcore2,
    "requests": lambda: requests.get(f"https://{HOST}/", timeout=30),
    # The SDK's own clients are httpx2's. Those that LiteLLM makes for it are httpx's.
    "openai": lambda: openai.OpenAI(base_url=f"https://{HOST}/v1", max_retries=0).models.list(),
}


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
def test_a_request_that_escapes_the_mock_is_noticed(escape: Callable[[], object]) -> None:
    def escape_unnoticed() -> None:
        with provider(says("hello")) as seen:
            with contextlib.suppress(Exception):  # as LiteLLM may make something else of it
                escape()
            assert seen == []

    with pytest.raises(Escaped, match=rf"^{HOST}:443$"):
        escape_unnoticed()


@pytest.mark.parametrize("model", [OPENAI, ANTHROPIC])
def test_what_litellm_asks_for_beside_a_chat_is_seen_too(model: str) -> None:
    calls: list[Callable[[], object]] = [
        lambda: litellm.text_completion(model=model, prompt=PROMPT),
        lambda: litellm.completion(model=model, messages=MESSAGES, num_retries=1),
        lambda: litellm.completion(model=model, messages=MESSAGES, fallbacks=[OPENAI, ANTHROPIC]),
        lambda: litellm.batch_completion(model=model, messages=[MESSAGES, MESSAGES]),
        lambda: litellm.moderation(input=PROMPT),
        lambda: litellm.embedding(model="openai/text-embedding-3-small", input=[PROMPT]),
    ]
    for number, call in enumerate(calls):
        with provider(lambda request: httpx.Response(500, json={})) as seen:
            with contextlib.suppress(openai.APIError):
                call()
            assert seen, f"call {number} goes another way"


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
    assert [response.output_text for response in whole] == [PROMPT, PROMPT]
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
        assert [stream(OPENAI), stream("groq/llama3")] == [text, text], "LiteLLM drops pieces with [DONE] again"
