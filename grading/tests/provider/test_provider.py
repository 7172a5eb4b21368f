"""The scripted provider, asked by the real LiteLLM: each script, and what it notes of what it is asked."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import litellm
import openai
import pytest

from grading.provider.litellm_environment import forget_clients, no_retry_delay, quiet_litellm
from grading.provider.provider import Provider, ProviderRouter

quiet_litellm()
QUESTION = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How are you?"}]
MODELS = ["openai/gpt-4o-mini", "anthropic/claude-haiku-4-5", "ollama_chat/llama3.2"]


@pytest.fixture
def router(provider: Provider) -> Iterator[ProviderRouter]:
    """The provider, in the place of all providers."""
    router = ProviderRouter(provider)
    with no_retry_delay(), router:
        yield router
    forget_clients()


def completion(model: str, **settings: Any) -> Any:
    # In a thread, as FastAPI runs `def`: in the main one, LiteLLM makes an event loop and never closes it.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(litellm.completion, model=model, messages=QUESTION, **settings).result()


def acompletion(model: str, **settings: Any) -> Any:
    return asyncio.run(litellm.acompletion(model=model, messages=QUESTION, **settings))


Ask = Callable[..., Any]
both_ways = pytest.mark.parametrize("ask", [completion, acompletion])
each_model = pytest.mark.parametrize("model", MODELS)


# What it says.


@both_ways
@each_model
def test_it_answers_and_notes_what_it_was_asked(ask: Ask, model: str, provider: Provider, router: object) -> None:
    provider.answers("Fine, é 語 😀\n")
    answer = ask(model, timeout=7)
    assert answer.choices[0].message.content == "Fine, é 語 😀\n"
    (request,) = provider.requests
    assert (request.prompt, request.messages[-1].role, request.timeout) == ("How are you?", "user", 7)
    assert [message.role for message in request.messages] == ["system", "user"]
    assert request.model == model.partition("/")[2]
    assert "How are you?" in provider.bodies[0]


def test_its_first_answer_is_a_text_that_nobody_can_know(provider: Provider, router: object) -> None:
    text = completion(MODELS[0]).choices[0].message.content
    assert text == provider.text != Provider().text


Script = Callable[[Provider], None]
FAILURES: dict[str, tuple[Script, type[Exception]]] = {
    "times-out": (lambda provider: provider.times_out(), litellm.Timeout),
    "throttles": (lambda provider: provider.fails(429), litellm.RateLimitError),
    "prompt-too-long": (lambda provider: provider.finds_the_prompt_too_long(), litellm.ContextWindowExceededError),
    "wrong-key": (lambda provider: provider.fails(401, "Wrong key."), litellm.AuthenticationError),
    "not-found": (lambda provider: provider.fails(404), litellm.NotFoundError),
    "fails": (lambda provider: provider.fails(500), openai.APIError),
    "overloaded": (lambda provider: provider.fails(529), openai.APIError),
    "no-connection": (lambda provider: provider.refuses_connections(), openai.APIError),
    "not-json": (lambda provider: provider.sends("<html>"), openai.APIError),
}


@both_ways
@pytest.mark.parametrize("model", MODELS[:2])
@pytest.mark.parametrize(("script", "kind"), FAILURES.values(), ids=FAILURES)
def test_it_fails_as_it_is_told_until_it_is_told_otherwise(
    ask: Ask, model: str, script: Script, kind: type[Exception], provider: Provider, router: object
) -> None:
    script(provider)
    for _ in range(2):
        with pytest.raises(openai.APIError) as caught:
            ask(model)
        assert isinstance(caught.value, kind)
        assert not isinstance(caught.value, litellm.Timeout) or kind is litellm.Timeout
    assert provider.requests
    provider.answers("Back again.")
    assert ask(model).choices[0].message.content == "Back again."


def test_a_failure_holds_all_that_must_not_leak(provider: Provider, router: object) -> None:
    provider.fails(400, "The server could not understand.")
    with pytest.raises(openai.APIError) as caught:
        completion(MODELS[0])
    for word in (provider.secret, f"sk-{provider.secret}", "gpu-7.internal.example", "/srv/llm/run.py"):
        assert word in str(caught.value)


@both_ways
@each_model
def test_an_answer_may_be_cut_off(ask: Ask, model: str, provider: Provider, router: object) -> None:
    provider.answers("Half an ans", cut_off=True)
    choice = ask(model).choices[0]
    assert (choice.message.content, choice.finish_reason) == ("Half an ans", "length")
    provider.answers("All of it.")
    assert ask(model).choices[0].finish_reason == "stop"


def test_it_can_answer_each_request_by_its_message(provider: Provider, router: object) -> None:
    provider.echoes(str.upper)
    assert completion(MODELS[0]).choices[0].message.content == "HOW ARE YOU?"


@each_model
def test_a_stream_may_break_off(model: str, provider: Provider, router: object) -> None:
    provider.answers("One, two, three, four, five, six.")
    provider.breaks_off()

    async def read() -> None:
        async for chunk in await litellm.acompletion(model=model, messages=QUESTION, stream=True):
            pieces.append(chunk.choices[0].delta.content or "")

    pieces: list[str] = []
    with pytest.raises(openai.APIError) as caught:
        asyncio.run(read())
    assert provider.secret in str(caught.value)
    assert "".join(pieces).startswith("One, ")
    assert not "".join(pieces).endswith("six.")
    with pytest.raises(openai.APIError):
        completion(model)


def test_it_notes_whom_it_plays(provider: Provider, router: object) -> None:
    for model in MODELS:
        completion(model)
    assert provider.hosts == ["api.openai.com", "api.anthropic.com", "localhost:11434"]
    assert all(request.has_roles for request in provider.requests)


@both_ways
def test_text_may_be_null_or_empty_and_choices_missing(ask: Ask, provider: Provider, router: object) -> None:
    for text in (None, ""):
        provider.answers(text)
        assert ask(MODELS[0]).choices[0].message.content == text
    provider.sends_no_choices()
    assert ask(MODELS[0]).choices == []


# What it is asked.


def test_litellms_own_question_is_not_counted(
    provider: Provider, router: ProviderRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths: list[str] = []
    handle = provider.handle

    def record(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        return handle(request)

    monkeypatch.setattr(provider, "handle", record)
    provider.answers("Fine.")
    with provider.hold() as hold:
        hold.release.set()
        assert completion("ollama_chat/not-in-the-price-list").choices[0].message.content == "Fine."
    assert "/api/show" in paths, "LiteLLM no longer asks about models: wire.answer_beside() needs no /api/show"
    assert paths.count("/api/chat") == len(provider.requests) == 1
    assert provider.strays == []
    assert set(provider.beside) == {"POST http://localhost:11434/api/show"}
    assert hold.reached.is_set()


def test_requests_that_are_no_chat_are_answered_and_count_for_nothing(provider: Provider, router: object) -> None:
    provider.fails(500)
    with provider.hold():
        moderation = asyncio.run(litellm.amoderation(input="Hello", model="omni-moderation-latest"))
        vectors = asyncio.run(litellm.aembedding(model="openai/text-embedding-3-small", input=["a"]))
        models = httpx.get("https://api.openai.com/v1/models").json()
    assert moderation.results[0].flagged is False
    assert len(vectors.data) == len(models["data"]) == 1
    asked = ["POST {}/moderations", "POST {}/embeddings", "GET {}/models"]
    assert provider.beside == [each.format("https://api.openai.com/v1") for each in asked]
    assert (provider.requests, provider.bodies, provider.strays) == ([], [], [])
    provider.forget()
    assert provider.beside == []


def test_what_is_no_chat_request_is_a_stray(provider: Provider, router: object) -> None:
    with pytest.raises(httpx.ConnectError):
        httpx.get("https://api.openai.com/v1/chat/completions")
    with pytest.raises(openai.APIError):
        asyncio.run(litellm.aimage_generation(model="openai/gpt-image-1", prompt="a"))
    assert set(provider.strays) == {
        "GET https://api.openai.com/v1/chat/completions asks no model: chat requests are POST.",
        "POST https://api.openai.com/v1/images/generations "
        "is not an address at which a known provider takes chat requests.",
    }
    assert provider.requests == []


def test_it_forgets(provider: Provider, router: ProviderRouter) -> None:
    """A judge that runs for hours keeps nothing of what the programs sent."""
    body = {"model": "gpt-5-nano", "messages": QUESTION}
    request = httpx.Request("POST", "https://api.openai.com/v1/chat/completions", json=body)
    assert router.handler(request).status_code == 200
    assert (len(provider.requests), len(provider.bodies)) == (1, 1)
    provider.forget()
    assert (provider.requests, provider.bodies) == ([], [])
    kept = weakref.ref(request)
    del request
    gc.collect()
    assert kept() is None
