"""Compare results: what differs between two gradings of the same program."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

from grading.results.result import Result

CIRCUMSTANCES = {"versions", "hashes", "duration_s"}
"""Fields of a result that may differ although the grading is the same."""


def differences(one: Result, other: Result, *, messages: bool = True) -> Iterator[str]:
    """Yield a line for each difference between two results; without `messages`, only in marks and statuses."""
    left_out = CIRCUMSTANCES | {"isolation"} | (set() if messages else {"message", "failure"})
    return json_differences(one.as_json(), other.as_json(), left_out)


def json_differences(one: Any, other: Any, left_out: Set[str], where: str = "") -> Iterator[str]:
    """Yield a line for each place in which two JSON values differ; fields with a name in `left_out` do not count."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted((one.keys() | other.keys()) - left_out):
            yield from json_differences(one.get(name), other.get(name), left_out, f"{where}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            name = left.get("id", number) if isinstance(left, dict) else number
            yield from json_differences(left, right, left_out, f"{where}[{name}]")
    elif one != other:
        yield f"{where}: {one!r} / {other!r}"
