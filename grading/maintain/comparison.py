"""Compare results: what differs in two gradings of the same program."""

from __future__ import annotations

from collections.abc import Iterator

from grading.results.result import Result


def differences(one: Result, other: Result, *, messages: bool = True) -> Iterator[str]:
    """Yield a line for each difference between two results; how long they took does not count.

    Without `messages` only the marks and what became of each test are compared.
    """
    for name in ("graded", "reason", "score", "bonus", "max_score", "steps"):
        if getattr(one, name) != getattr(other, name):
            yield f"{name}: {getattr(one, name)} / {getattr(other, name)}"
    first, second = ({test.id: test for test in result.tests} for result in (one, other))
    if list(first) != list(second):
        yield f"tests: {len(first)} / {len(second)}, or in another order"
    for name in first.keys() & second.keys():
        left, right = first[name], second[name]
        if (left.status, left.score, left.max_score) != (right.status, right.score, right.max_score):
            yield f"{name}: {left.status} ({left.message}) / {right.status} ({right.message})"
        elif messages and left.message != right.message:
            yield f"{name}: {left.message!r} / {right.message!r}"
