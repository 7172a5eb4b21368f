"""Forget what tiktoken keeps of an encoding for nobody: a dict of its tokens, some 30 MB of a farm's memory in all."""

from __future__ import annotations

from functools import cached_property
from typing import Any


def forget_ranks() -> None:
    """Drop the dict of each encoding that has been loaded; whoever asks for one gets it, made anew.

    tiktoken counts tokens in Rust, which has tables of its own.
    """
    from tiktoken import Encoding, registry  # late: tests that load no LiteLLM need not wait for it

    if "_mergeable_ranks" not in vars(Encoding):
        ranks = cached_property(_ranks)
        ranks.__set_name__(Encoding, "_mergeable_ranks")
        Encoding._mergeable_ranks = ranks  # type: ignore[assignment]
    for encoding in registry.ENCODINGS.values():
        vars(encoding).pop("_mergeable_ranks", None)


def _ranks(encoding: Any) -> dict[bytes, int]:
    rust = encoding._core_bpe
    return {token: rust.encode_single_token(token) for token in rust.token_byte_values()}
