"""What POST /generate/stream is compared with: POST /generate, whose mistakes cost other steps."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from grading.results.failure import ContractBroken
from grading.suite.contract import is_blocked, is_in_time
from grading.suite.exchanges import Exchange
from grading.suite.failing import WAYS, Failed
from grading.suite.leaks import leak
from grading.suite.server_events import delta, events
from grading.suite.traces import said, trace

if TYPE_CHECKING:
    from grading.provider.provider import Provider
    from grading.provider.wire import ChatRequest

Ask = Callable[[str], Exchange]
"""The fixture `exchange`."""
BEGUN = "One, two, three, four, five, six, seven."
"""What the model says in a stream that breaks off."""
_AT_ITS_START = {**{f"answers {status}": status for status in ("503", "401", "429")}, "times out": "times out"}
STREAM_FAILS: dict[str, Callable[[Provider], None]] = {
    "says an error": lambda provider: provider.breaks_off("error"),
    "loses the connection": lambda provider: provider.breaks_off("lost"),
    "says nothing more": lambda provider: provider.breaks_off("silent"),
    **{how: WAYS[way] for how, way in _AT_ITS_START.items()},
}
"""In which the provider may fail during a stream, or at its start."""


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
        return [failed(_AT_ITS_START.get(how, "500"))]
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


def asks_with(request: ChatRequest, message: str) -> bool:
    """Whether this request to the model has the user's message as its last one."""
    last = request.messages[-1]
    return last.content.strip() == message.strip() and (last.role == "user" or not request.has_roles)


def in_time(requests: Sequence[ChatRequest]) -> bool:
    """Whether none of these requests to the model waits for longer than the contract allows."""
    return all(is_in_time(each.timeout) for each in requests)


def _tells_why(failed: Failed) -> bool:
    return bool(leak(said(failed.answer), failed.secret))


def _begins_anew(failed: Failed) -> bool:
    return "".join(filter(None, map(delta, events(failed.answer)))).count(BEGUN[:5]) > 1


FAULTS: dict[str, Callable[[Failed], bool]] = {
    "nothing of the provider's message or the exception": _tells_why,
    "no piece of the text twice": _begins_anew,
    "at most 3 calls of the model": lambda failed: len(failed.requests) > 3,
    "a timeout of at most 60 seconds": lambda failed: not in_time(failed.requests),
    "no call blocks the event loop": lambda failed: is_blocked(failed.answer, failed.blocked),
}
"""What may be wrong with an answer that the provider's failure made."""


ALIKE: tuple[tuple[str, Callable[[Exchange], bool], str], ...] = (
    ("the model is called once", lambda asked: len(asked.requests) == 1, "the model was called more than once"),
    ("a timeout of at most 60 seconds", lambda asked: in_time(asked.requests), "a longer one"),
    (
        "the model gets the user's message as the content of the last message",
        lambda asked: asks_with(asked.requests[0], asked.message),
        "the model got something else",
    ),
)
"""What must hold for a good request: expected, whether it holds, and what came back if not."""
