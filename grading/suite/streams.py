"""What POST /generate/stream is compared with: POST /generate, whose mistakes cost other steps."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from grading.provider.litellm_environment import CANARY
from grading.results.failure import BLOCKED, ContractBroken
from grading.suite.exchanges import Exchange
from grading.suite.failing import WAYS, Failed
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


def fails_alike(failed: Callable[[str], Failed], how: str) -> list[Failed]:
    """Return what came of POST /generate when the provider failed like this; nothing if it has no answer."""
    with contextlib.suppress(ContractBroken):
        return [failed(how if how in WAYS else "500")]
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


def in_time(requests: Sequence[ChatRequest]) -> bool:
    """Whether none of these requests to the model waits for longer than the contract allows."""
    return all(each.timeout is not None and each.timeout <= _LONGEST for each in requests)


def _tells_why(failed: Failed) -> bool:
    told = said(failed.answer)
    return bool(trace(failed.secret, told)) or CANARY in told.lower()


FAULTS: dict[str, Callable[[Failed], bool]] = {
    "nothing of the provider's message": _tells_why,
    "at most 3 calls of the model": lambda failed: len(failed.requests) > 3,
    "a timeout of at most 60 seconds": lambda failed: not in_time(failed.requests),
    "no call blocks the event loop": lambda failed: failed.blocked or bool(failed.answer.extensions.get(BLOCKED)),
}
"""What may be wrong with an answer that the provider's failure made."""
