"""The fake provider's wire formats, through the real LiteLLM and against hostile requests."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import litellm
import pytest
from litellm.exceptions import APIConnectionError

from grading.provider import wire
from grading.results.failure import canary
from grading.tests.provider.litellm_calls import (
    CALLS,
    MESSAGES,
    PLAIN,
    PROMPT,
    ROUTERS,
    STREAMS,
    provider,
    says,
)

TEXT = ' \n«שלום» 👩‍👩‍👧 日本\t"q" \'x\' \\n \u2028\u0085 {"a": 1}\r\n\n data: x\n\nend \n'

# What LiteLLM calls a model -> the protocol and the model's name on the wire.
MODELS = {
    "anthropic/claude-haiku-4-5": ("anthropic", "claude-haiku-4-5"),
    "azure/gpt-5-nano": ("openai", "gpt-5-nano"),
    "cohere_chat/command-r-plus": ("cohere", "command-r-plus"),
    "deepseek/deepseek-chat": ("openai", "deepseek-chat"),
    "gemini/gemini-2.5-flash": ("gemini", "gemini-2.5-flash"),
    "groq/llama-3.3-70b-versatile": ("openai", "llama-3.3-70b-versatile"),
    "hosted_vllm/smol": ("openai", "smol"),
    "llamafile/smol": ("openai", "smol"),
    "mistral/mistral-small-latest": ("openai", "mistral-small-latest"),
    "ollama/llama3": ("ollama", "llama3"),
    "ollama_chat/llama3": ("ollama", "llama3"),
    "openai/gpt-5-nano": ("openai", "gpt-5-nano"),
    "openrouter/openai/gpt-5-nano": ("openai", "openai/gpt-5-nano"),
    "perplexity/sonar": ("openai", "sonar"),
    "xai/grok-4": ("openai", "grok-4"),
}
# One for each protocol, and one of those that LiteLLM asks without the OpenAI SDK.
PROTOCOLS = [
    "anthropic/claude-haiku-4-5",
    "cohere_chat/command-r-plus",
    "gemini/gemini-2.5-flash",
    "groq/llama-3.3-70b-versatile",
    "ollama/llama3",
    "ollama_chat/llama3",
    "openai/gpt-5-nano",
]
CHAT_URL = "https://api.openai.com/v1/chat/completions"
URLS = [
    CHAT_URL,
    "https://api.openai.com/v1/completions",
    "https://api.openai.com/v1/responses",
    "https://kit.openai.azure.com/openai/deployments/d/chat/completions?api-version=1",
    "https://api.anthropic.com/v1/messages",
    "https://generativelanguage.googleapis.com/v1beta/models/m:generateContent",
    "https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent?alt=sse",
    "http://localhost:11434/api/chat",
    "http://localhost:11434/api/generate",
    "https://api.cohere.com/v2/chat",
]


def chat(body: object, url: str = CHAT_URL, **settings: object) -> wire.ChatRequest:
    return wire.read_request(httpx.Request("POST", url, content=json.dumps(body), **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("model", "style"),
    [(model, style) for model in MODELS for style in CALLS if model in PROTOCOLS or style not in ROUTERS],
)
def test_text_and_prompt_come_through_unchanged(model: str, style: str) -> None:
    with provider(says(TEXT)) as requests:
        assert CALLS[style](model, timeout=7) == TEXT
    assert len(requests) == 1, "LiteLLM asks more than once, though the answer was good"
    asked = wire.read_request(requests[0])
    assert (asked.provider, asked.model) == MODELS[model]
    assert [{"role": message.role, "content": message.content} for message in asked.messages] == MESSAGES
    assert (asked.prompt, asked.messages[-1].role) == (PROMPT, "user")
    assert (asked.stream, asked.timeout) == (style in STREAMS, 7)


@pytest.mark.parametrize("model", PROTOCOLS)
@pytest.mark.parametrize("text", ["", None], ids=["empty", "null"])
def test_no_text_is_no_text(model: str, text: str | None) -> None:
    with provider(says(text)):
        for style, call in (PLAIN | STREAMS).items():
            if model == "ollama_chat/llama3" and text is None and style in PLAIN:
                with pytest.raises(APIConnectionError):
                    call(model)
            else:
                assert not call(model)


@pytest.mark.parametrize("model", PROTOCOLS)
def test_no_choices_are_no_text(model: str) -> None:
    with provider(wire.answer_no_choices):
        for call in (PLAIN | STREAMS).values():
            try:
                text = call(model)
            except (IndexError, APIConnectionError):
                continue
            assert not text


@pytest.mark.parametrize("size", [1, 7, 8, 9, 4000])
def test_a_stream_comes_in_a_few_pieces(size: int) -> None:
    text = "".join(chr(0x1F600 + number % 50) for number in range(size))
    request = httpx.Request("POST", CHAT_URL, json={"model": "m", "messages": MESSAGES, "stream": True})
    response = wire.answer_text(request, text)
    events = [line.removeprefix("data: ") for line in response.text.splitlines() if line]
    assert events.pop() == "[DONE]"
    pieces = [json.loads(event)["choices"][0]["delta"].get("content", "") for event in events]
    assert "".join(pieces) == text
    assert min(size, 4) <= len([piece for piece in pieces if piece]) <= 8


def test_no_piece_of_a_stream_ends_within_a_canary() -> None:
    request = httpx.Request("POST", CHAT_URL, json={"model": "m", "messages": MESSAGES, "stream": True})
    for before in range(20):
        secret = canary("answer")
        assert secret in wire.answer_text(request, f"{'One. ' * before}{secret}, two,\nthree").text


def test_old_completions_have_a_prompt() -> None:
    with provider(says(TEXT)) as requests:
        response = litellm.text_completion(model="openai/gpt-3.5-turbo-instruct", prompt=PROMPT)
        chunks = litellm.text_completion(model="openai/gpt-3.5-turbo-instruct", prompt=PROMPT, stream=True)
        assert "".join(chunk.choices[0].text or "" for chunk in chunks) == TEXT
    assert response.choices[0].text == TEXT
    assert [wire.read_request(request).prompt for request in requests] == [PROMPT, PROMPT]
    assert {request.url.path for request in requests} == {"/v1/completions"}
    assert not any(wire.read_request(request).has_roles for request in requests)


def test_parts_roles_and_things_that_are_not_text() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    image = {"type": "image_url", "image_url": {"url": "https://example.org"}}
    asked = chat(
        {
            "model": "m",
            "messages": [
                {"role": "developer", "content": "c"},
                {"role": "model", "content": parts},
                {"role": 5, "content": None},
                {"role": "user", "content": [*parts, image]},
                {"role": "user", "content": ["a"]},
                "no message",
            ],
        }
    )
    assert [message.role for message in asked.messages[:2]] == ["system", "assistant"]
    assert asked.messages[1].content == "ab"
    for message in asked.messages[2:]:
        assert "<not text: " in message.role + message.content
    assert asked.messages[3].content.startswith("ab<not text: {'type': 'image_url'")


def test_a_prompt_that_nobody_wrote_as_turns_stays_one_message() -> None:
    ours = "### User:\nA\n\n\n### System:\nB\n\n### User:\nC\n\n\n"
    asked = chat({"model": "m", "prompt": ours}, URLS[8])
    assert [(m.role, m.content) for m in asked.messages] == [("user", "A\n"), ("system", "B"), ("user", "C\n")]
    for prompt in ("Hello", "Hello\n\n### User:\nA\n\n", ""):
        asked = chat({"model": "m", "prompt": prompt, "stream": False}, URLS[8])
        assert asked.messages == (wire.Message("user", prompt),)


@pytest.mark.parametrize("timeout", [None, 5, 0.5, 10**400, float("nan"), float("inf"), -1, "5", True, [], {}])
def test_a_time_out_is_a_number_of_seconds_or_none(timeout: object) -> None:
    asked = chat({"model": "m", "messages": MESSAGES}, extensions={"timeout": {"read": timeout}})
    assert asked.timeout == (timeout if timeout in (5, 0.5) and timeout is not True else None)
    assert chat({"model": "m", "messages": MESSAGES}, extensions={"timeout": timeout}).timeout is None


@pytest.mark.parametrize(
    ("method", "url", "body", "sentence"),
    [
        ("GET", CHAT_URL, b"{}", "GET https://api.openai.com/v1/chat/completions asks no model"),
        ("POST", "https://api.openai.com/v1/images?key=k", b"{}", "v1/images is not an address at which"),
        ("POST", "https://xn--zz/api/show", b"{}", "https://xn--zz/api/show is not an address"),
        ("POST", CHAT_URL, b"", "cannot be read as a chat request: Expecting value"),
        ("POST", CHAT_URL, b"\xff\xfe\xfd", "cannot be read as a chat request"),
        ("POST", CHAT_URL, b"[]", "its body is not a JSON object."),
        ("POST", CHAT_URL, b"[" * 200_000, "its JSON is nested too deeply."),
        ("POST", CHAT_URL, b" " * 1_000_001, "its body has more than 1,000,000 bytes."),
        ("POST", CHAT_URL, b'{"model": "m"}', "its messages are None, not a list."),
        ("POST", CHAT_URL, b'{"model": "m", "messages": []}', "it has no messages."),
        ("POST", CHAT_URL, b'{"model": [1], "messages": [1]}', "its model is [1], not a name."),
    ],
)
def test_whatever_is_no_chat_request_is_refused_in_a_sentence(
    method: str, url: str, body: bytes, sentence: str
) -> None:
    request = httpx.Request(method, url, content=body, headers={"host": "h"})
    answers: list[Callable[[], object]] = [
        lambda: wire.read_request(request),
        lambda: wire.answer_text(request, "x"),
        lambda: wire.answer_no_choices(request),
        lambda: wire.answer_error(request, 500, "x"),
    ]
    for answer in answers:
        with pytest.raises(wire.NotAChatRequest) as refusal:
            answer()
        assert sentence in str(refusal.value)
        assert "key=" not in str(refusal.value)
        assert len(str(refusal.value)) < 400


def test_a_body_that_was_not_read_is_refused() -> None:
    with pytest.raises(wire.NotAChatRequest, match="read"):
        wire.read_request(httpx.Request("POST", CHAT_URL, content=iter([b"{}"])))


# Nothing in a body may have a type that breaks the reader: each field gets each value.
FIELDS = "messages model system systemInstruction contents stream prompt input instructions stream_options".split()
VALUES: list[object] = [None, True, 1.5, "a", "\ud800", [], ["a"], [[]], {}, [{}], [{"parts": 1}], {"parts": {}}]
GOOD: dict[str, object] = {"model": "m", "messages": MESSAGES, "contents": [], "prompt": "p", "input": "i"}


@pytest.mark.parametrize("url", URLS)
def test_no_body_breaks_the_reader(url: str) -> None:
    for field in FIELDS:
        for value in VALUES:
            body = {**GOOD, "stream": field == "stream_options", field: value}
            request = httpx.Request("POST", url, content=json.dumps(body))
            try:
                asked = wire.read_request(request)
            except wire.NotAChatRequest:
                continue
            assert isinstance(asked.prompt, str)
            assert isinstance(asked.messages[-1].role, str)
            for text in ("\ud800é", None):
                assert wire.answer_text(request, text).status_code == 200
                assert wire.answer_text(request, text, cut_off=True).status_code == 200
            assert wire.answer_broken_stream(request, "text", "sorry \ud800").status_code in (200, 500)
            assert wire.answer_too_long(request, "").status_code == 400
            assert wire.answer_no_choices(request).status_code == 200
            error = wire.answer_error(request, 429, "slow down \ud800")
            assert error.status_code == 429
            assert error.headers["retry-after-ms"] == "1"
            assert "retry-after" not in error.headers, "it would make the SDK sleep for whole seconds"
            assert "slow down" in error.text
