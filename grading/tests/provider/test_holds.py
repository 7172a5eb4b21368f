"""Requests that the scripted provider holds: those that overlap, and those that cannot."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from grading.provider.provider import Hold, Provider
from grading.tests.programs import write
from grading.webapp.loading import AppClient

PROGRAM = """
import asyncio, litellm
from fastapi import FastAPI
app, lock, arrived = FastAPI(), asyncio.Lock(), []

def question(m):
    return {"model": "openai/gpt-4o-mini", "messages": [{"role": "user", "content": m}]}

@app.get("/arrived")
async def count():
    return len(arrived)

"""
ROUTES = {
    "def": "@app.get('/')\ndef ask(m: str):\n    litellm.completion(**question(m))\n",
    "async-def": "@app.get('/')\nasync def ask(m: str):\n    await litellm.acompletion(**question(m))\n",
    "to-thread": "@app.get('/')\nasync def ask(m: str):\n"
    "    await asyncio.to_thread(litellm.completion, **question(m))\n",
}
BLOCKING = "@app.get('/')\nasync def ask(m: str):\n    litellm.completion(**question(m))\n"
LOCKED = (
    "@app.get('/')\nasync def ask(m: str):\n    arrived.append(m)\n    async with lock:\n"
    "        await litellm.acompletion(**question(m))\n"
)


@pytest.fixture
def app_folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The plugin's `client` runs the program that a test names."""
    return write(tmp_path, PROGRAM + request.param)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Two clients at the same time."""
    with ThreadPoolExecutor(2) as pool:
        yield pool


def ask(pool: ThreadPoolExecutor, client: AppClient, text: str) -> Future[httpx.Response]:
    return pool.submit(client.get, "/", params={"m": text})


def prompts(provider: Provider) -> list[str]:
    return [request.prompt for request in provider.requests]


def reached(hold: Hold) -> bool:
    return hold.reached.wait(30)


@pytest.mark.parametrize("app_folder", ROUTES.values(), ids=ROUTES, indirect=True)
def test_only_the_first_request_is_held(client: AppClient, provider: Provider, pool: ThreadPoolExecutor) -> None:
    with provider.hold() as hold:
        first = ask(pool, client, "first")
        assert reached(hold)
        assert ask(pool, client, "second").result(30).status_code == 200
        assert prompts(provider) == ["second"]
        assert not first.done()
        assert not hold.blocks_server
    assert first.result(30).status_code == 200  # leaving the block has released it
    assert prompts(provider) == ["second", "first"]
    assert client.get("/", params={"m": "later"}).status_code == 200


@pytest.mark.parametrize("app_folder", ROUTES.values(), ids=ROUTES, indirect=True)
def test_two_requests_can_be_held_together(client: AppClient, provider: Provider, pool: ThreadPoolExecutor) -> None:
    with provider.hold(2) as hold:
        both = [ask(pool, client, text) for text in ("first", "second")]
        assert reached(hold)
        assert not any(each.done() for each in both)
    assert [each.result(30).status_code for each in both] == [200, 200]
    assert sorted(prompts(provider)) == ["first", "second"]


@pytest.mark.parametrize("app_folder", [BLOCKING], ids=["blocking"], indirect=True)
def test_a_server_that_blocks_is_noticed_without_waiting(
    client: AppClient, provider: Provider, pool: ThreadPoolExecutor
) -> None:
    with provider.hold() as hold:
        assert ask(pool, client, "first").result(30).status_code == 200  # nobody had to release it
        assert hold.blocks_server


@pytest.mark.parametrize("app_folder", [LOCKED], ids=["lock"], indirect=True)
def test_a_lock_around_the_call_keeps_the_second_request_away(
    client: AppClient, provider: Provider, pool: ThreadPoolExecutor
) -> None:
    with provider.hold() as hold:
        first = ask(pool, client, "first")
        assert reached(hold)
        second = ask(pool, client, "second")
        assert any(client.get("/arrived").json() == 2 for _ in range(100_000))
        assert provider.requests == []
        assert not hold.blocks_server  # the server lives, but the second request cannot end before the first
        hold.release.set()
        assert first.result(30).status_code == second.result(30).status_code == 200
    assert prompts(provider) == ["first", "second"]
