"""Each submission has a processor of its own where all processors are at work; elsewhere it may use any."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time

import pytest

from grading.processes.processors import LATE, Processors

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process choose its processor")


def given(workers: int) -> list[int | None]:
    processors = Processors(workers)
    with contextlib.ExitStack() as stack:
        return [stack.enter_context(processors.one()) for _ in range(workers)]


def test_fewer_workers_than_processors_may_use_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3})
    assert given(3) == [None, None, None]


def test_as_many_workers_have_one_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {2, 3, 7})
    assert given(3) == [2, 3, 7]


def test_more_workers_share_them_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    assert given(5) == [0, 1, 0, 1, 0]


def test_what_takes_long_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    processors = Processors(2)
    with contextlib.ExitStack() as stack:

        def next_one() -> int | None:
            return stack.enter_context(processors.one())

        with processors.one() as first:
            assert [first, next_one()] == [0, 1]
        assert next_one() == 0
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now + LATE + 1)
        assert [next_one(), next_one(), next_one()] == [0, 1, 0]


def test_a_processor_is_given_back() -> None:
    processors = Processors(1)
    for _ in range(2):
        with contextlib.suppress(ZeroDivisionError), processors.one():
            raise ZeroDivisionError


def test_a_sandboxed_program_stays_on_its_processor() -> None:
    from grading.sandbox import Policy, fork_sandboxed, python_trees

    processor = max(os.sched_getaffinity(0))
    ours, theirs = socket.socketpair()
    policy = Policy(readable=python_trees(), processor=processor)
    with ours, theirs:
        child = fork_sandboxed(policy, lambda: theirs.send(bytes(os.sched_getaffinity(0))), keep_fds=[theirs.fileno()])
        os.waitpid(child.pid, 0)
        ours.settimeout(10)
        assert list(ours.recv(100)) == [processor]
