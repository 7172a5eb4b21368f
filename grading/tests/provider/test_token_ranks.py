"""An encoding whose ranks were forgotten is as it was, for whoever asks."""

from __future__ import annotations

import pickle

import pytest
import tiktoken

from grading.provider import litellm_environment
from grading.provider.token_ranks import forget_ranks

litellm_environment.quiet_litellm()  # then the encoding is read from LiteLLM's own copy


def test_ranks_are_forgotten_and_made_anew_when_somebody_asks() -> None:
    encoding = tiktoken.get_encoding("cl100k_base")
    ranks = dict(encoding._mergeable_ranks)
    forget_ranks()
    assert "_mergeable_ranks" not in vars(encoding)
    text = "Say hello in French: é, 語, 😀"
    assert encoding.decode(encoding.encode(text)) == text
    assert pickle.loads(pickle.dumps(encoding)).encode(text) == encoding.encode(text)
    assert encoding._mergeable_ranks == ranks
    forget_ranks()


@pytest.mark.parametrize("times", [1, 2])
def test_an_encoding_made_by_hand_keeps_its_own_ranks(times: int) -> None:
    for _ in range(times):
        forget_ranks()
    ranks = {bytes([number]): number for number in range(256)}
    own = tiktoken.Encoding(name="own", pat_str=r".", mergeable_ranks=ranks, special_tokens={})
    assert own._mergeable_ranks is ranks
    assert own.encode("a") == [97]
