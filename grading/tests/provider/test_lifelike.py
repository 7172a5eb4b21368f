"""The fake's answers look like a real provider's: no program knows them by what is the same in all of them."""

from __future__ import annotations

import time
from typing import Any

import litellm
import pytest

from grading.results.failure import hide_canaries
from grading.tests.provider.litellm_calls import provider, says

MODELS = ["anthropic/claude-haiku-4-5", "openai/gpt-5-nano"]
TEXT = "The model's answer, which is not short."


def asked(model: str, text: str, **options: Any) -> Any:
    with provider(says(text)):
        answer = litellm.completion(model=model, messages=[{"role": "user", "content": "Why? " * 40}], **options)
        return list(answer) if options else answer


@pytest.mark.parametrize("model", MODELS)
def test_a_program_that_knows_the_fake_by_its_answers_finds_nothing_that_is_always_the_same(model: str) -> None:
    one, other = asked(model, TEXT), asked(model, TEXT * 10)
    assert one.id.startswith("chatcmpl-")
    assert one.id != other.id
    assert abs(one.created - time.time()) < 60
    assert 1 < one.usage.completion_tokens < other.usage.completion_tokens
    for each in (one, other):
        assert each.usage.prompt_tokens > 1
        assert each.usage.total_tokens == each.usage.prompt_tokens + each.usage.completion_tokens


@pytest.mark.parametrize("model", MODELS)
def test_all_pieces_of_a_stream_have_one_id(model: str) -> None:
    streams = [asked(model, TEXT, stream=True) for _ in range(2)]
    first, second = ({chunk.id for chunk in chunks} for chunks in streams)
    assert len(first) == len(second) == 1
    assert first != second


def test_what_a_program_shows_of_an_answer_is_the_same_in_two_runs() -> None:
    shown = [asked(MODELS[1], TEXT).json() for _ in range(2)]
    assert shown[0] != shown[1]
    assert hide_canaries(str(shown[0])) == hide_canaries(str(shown[1]))
