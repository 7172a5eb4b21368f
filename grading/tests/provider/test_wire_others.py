"""Protocols that few programs speak, through the real LiteLLM: the text comes through, streamed or not."""

from __future__ import annotations

import httpx
import litellm
import pytest
from botocore.eventstream import EventStreamBuffer  # type: ignore[import-untyped]

from grading.maintain.provider_runs import ADDRESSES
from grading.provider import wire
from grading.provider.wire._bedrock import Converse
from grading.tests.provider.litellm_calls import MESSAGES, PROMPT, Respond, acompletion, provider, says

TEXT = ' \n«שלום» 👩‍👩‍👧 "q" \\n \u2028 {"a": 1}\r\n data: x\n end \n'
MODELS = {
    "bedrock/anthropic.claude-3-5-sonnet-20240620-v1:0": "bedrock",
    "databricks/databricks-meta-llama-3-3-70b-instruct": "openai",
    "huggingface/meta-llama/Llama-3.3-70B-Instruct": "openai",
    "lm_studio/m": "openai",
    "openrouter/openai/gpt-5-nano": "openai",
    "watsonx/ibm/granite-3-3-8b-instruct": "watsonx",
}


@pytest.fixture(autouse=True)
def addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ADDRESSES.items():
        monkeypatch.setenv(name, value)


def answers(text: str) -> Respond:
    return lambda request: wire.answer_beside(request) or wire.answer_text(request, text)


@pytest.mark.parametrize("model", MODELS)
def test_text_and_prompt_come_through_unchanged(model: str) -> None:
    with provider(answers(TEXT)) as requests:
        assert acompletion(model, timeout=7) == TEXT
        chunks = litellm.completion(model=model, messages=MESSAGES, stream=True, timeout=7)
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == TEXT
    chats = [wire.read_request(each) for each in requests if wire.answer_beside(each) is None]
    assert [(chat.provider, chat.prompt, chat.stream) for chat in chats] == [
        (MODELS[model], PROMPT, False),
        (MODELS[model], PROMPT, True),
    ]


def test_replicate_is_asked_for_a_prediction() -> None:
    url = "https://api.replicate.com/v1/models/meta/meta-llama-3-8b-instruct/predictions"
    asked = httpx.Request("POST", url, json={"input": {"prompt": "Hello", "system_prompt": "Be brief."}})
    chat = wire.read_request(asked)
    assert (chat.model, chat.prompt, chat.stream) == ("meta/meta-llama-3-8b-instruct", "Hello", False)
    assert [message.role for message in chat.messages] == ["system", "user"]
    assert wire.answer_text(asked, "Hi").json()["output"] == "Hi"
    bodies: list[dict[str, object]] = [{}, {"input": []}, {"input": {"prompt": 5}}]
    for body in bodies:
        assert "not text" in wire.read_request(httpx.Request("POST", url, json=body)).prompt


def test_bedrocks_frames_are_those_that_the_sdk_reads() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(Converse().frame({"messageStart": {"role": "assistant"}}))
    buffer.add_data(Converse().frame(Converse().stream_error("over")))
    first, second = list(buffer)
    assert first.headers[":event-type"] == "messageStart"
    assert first.payload == b'{"role": "assistant"}'
    assert second.headers[":exception-type"] == "internalServerException"


def test_says_is_enough_where_nothing_is_asked_beside() -> None:
    with provider(says(TEXT)):
        assert acompletion("openrouter/openai/gpt-5-nano", timeout=7) == TEXT
