"""What POST /generate/stream is compared with: POST /generate, whose mistakes cost other steps."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import httpx

from grading.provider.litellm_environment import CANARY
from grading.results.failure import ContractBroken
from grading.suite.exchanges import Exchange
from grading.suite.traces import said, trace

if TYPE_CHECKING:
    from grading.provider.wire import Break, ChatRequest

Ask = Callable[[str], Exchange]
"""The fixture `exchange`."""
BREAKS: dict[str, Break] = {"says an error": "error", "loses the connection": "lost", "says nothing more": "silent"}
"""How a stream may break off, in words."""
_LONGEST = 60  # seconds


def usually(exchange: Ask, name: str = "plain") -> list[Exchange]:
    """Return what came of a good request to POST /generate; nothing if it has no good answer."""
    with contextlib.suppress(ContractBroken):
        usual = exchange(name)
        if usual.answer.status_code == 200 and usual.requests:
            return [usual]
    return []


def keeps_users_apart(exchange: Ask) -> bool:
    """Whether of two requests to POST /generate neither the model nor an answer mixes up anything."""
    two = [*usually(exchange), *usually(exchange, "white space")]
    return not any(
        trace(secret, "".join([*each.bodies, each.answer.content.decode("utf-8", "replace")]))
        for each in two
        for other in two
        if other is not each
        for secret in other.canaries
    )


def tells_why(answer: httpx.Response, secret: str) -> bool:
    """Whether a word of the provider's error, in which `secret` stands, is in the answer."""
    return bool(trace(secret, said(answer))) or CANARY in said(answer).lower()


def in_time(requests: Sequence[ChatRequest]) -> bool:
    """Whether none of these requests to the model waits for longer than the contract allows."""
    return all(each.timeout is not None and each.timeout <= _LONGEST for each in requests)
