"""Typed messages between processes: each is a frozen dataclass, validated field by field when it arrives.

JSON's own parser reads the text, so that a text which it accepts is never refused for its characters. A message is
then validated: its scalars strictly ("1" is no number, 1 is no truth value), unknown fields are ignored, anything else
is refused. One file a protocol says who sends what to whom, and who may be hostile:

    processes/orders.py         a fork server and its clients; all trusted
    processes/sandboxed.py      what a child in the sandbox is to do; step 9's pool orders programs in the same way
    webapp/frames.py            the judge and the program under test: either may be hostile
    judging/judges.py           the grader and its judges; all trusted
    judging/lines.py            what a judge says: hostile, where the program runs in the judge's process
    judging/student_tests/verdict.py    what pytest says of a student's own tests: hostile
    checking/orders.py          `grade check` and its daemon; the same user on both sides
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, TypeVar

from pydantic import StrictBool, StrictInt, TypeAdapter, ValidationError

__all__ = ["BadMessage", "StrictBool", "StrictInt", "TypeAdapter", "fields", "parse", "parse_text"]

T = TypeVar("T")


class BadMessage(ValueError):
    """It does not have the form of any message that may come here."""


def fields(message: Any) -> dict[str, Any]:
    """Return a message as the dict that travels as a JSON object."""
    return asdict(message)


def parse(messages: TypeAdapter[T], data: object) -> T:
    """Validate an object that came as JSON. Raises BadMessage."""
    try:
        return messages.validate_python(data)
    except (ValidationError, RecursionError) as problem:
        raise BadMessage(f"a message of no known form: {data!r:.200}") from problem


def parse_text(messages: TypeAdapter[T], text: str | bytes) -> T:
    """Parse JSON and validate it. Raises BadMessage."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise BadMessage("a message that is not JSON") from None
    return parse(messages, data)
