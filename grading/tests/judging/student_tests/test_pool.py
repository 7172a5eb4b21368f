"""A process that runs the kit's own programs takes another one only if the run before left nothing behind."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grading import GALLERY

if sys.platform != "linux":
    pytest.skip("only Linux has farms", allow_module_level=True)

from grading.judging.grader import start_farm
from grading.judging.student_tests.pool import KnownPrograms
from grading.processes.channel import Channel
from grading.processes.forkserver import ForkServer
from grading.provider.litellm_environment import PROVIDER_KEYS

PROGRAM = GALLERY / "correct" / "plain_starlette"


@pytest.fixture(scope="module")
def farm() -> Iterator[ForkServer]:
    farm = start_farm()
    yield farm
    farm.close()


class Run:
    """One run of a program, driven by hand."""

    def __init__(self, known: KnownPrograms, program: Path = PROGRAM) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = known.serve(program, theirs.fileno())
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, (30).to_bytes(8, sys.byteorder) + bytes(8))
        number = ours.detach()
        self._known = known
        self._channel = Channel(number, number)

    def send(self, do: str, **more: Any) -> None:
        self._channel.send({"do": do, **more}, b'{"message": "Hello"}' if do == "request" else b"")

    def receive(self) -> dict[str, Any]:
        return self._channel.receive()[0]

    def start(self) -> None:
        self.send("start", environment={**PROVIDER_KEYS, "LLM_MODEL": "openai/gpt-4o-mini"})
        assert self.receive() == {"started": "", "observation": ""}

    def ask(self, number: int) -> None:
        """Send a request, and read that the program asks its model for it."""
        headers = [["content-type", "application/json"]]
        self.send("request", id=number, method="POST", target="/generate", headers=headers)
        assert self.receive()["url"].endswith("/chat/completions")

    def end(self) -> None:
        self._channel.close()
        self._known.give_back(self.process, ended=True)


def kept(known: KnownPrograms, run: Run) -> bool:
    """Whether the process of this run, which is over, serves the next one."""
    another = Run(known)
    another.start()
    another.send("stop")
    assert another.receive() == {"stopped": True}
    another.end()
    return another.process is run.process


@pytest.fixture
def known(farm: ForkServer) -> Iterator[KnownPrograms]:
    known = KnownPrograms(farm)
    yield known
    known.close()


def test_a_process_serves_again(known: KnownPrograms) -> None:
    run = Run(known)
    run.start()
    run.send("stop")
    assert run.receive() == {"stopped": True}
    run.end()
    assert kept(known, run)


def test_a_request_that_was_not_answered_ends_the_process(known: KnownPrograms) -> None:
    run = Run(known)
    run.start()
    run.ask(1)
    run.end()
    assert not kept(known, run)


def test_an_app_that_stops_before_its_answer_ends_the_process(known: KnownPrograms) -> None:
    run = Run(known)
    run.start()
    run.ask(1)
    run.send("stop")
    while run.receive() != {"stopped": True}:  # it may say first that the request came to nothing
        pass
    run.end()
    assert not kept(known, run)


def test_an_app_that_was_not_stopped_ends_the_process(known: KnownPrograms) -> None:
    run = Run(known)
    run.start()
    run.end()
    assert not kept(known, run)


def test_nonsense_ends_the_process(known: KnownPrograms) -> None:
    run = Run(known)
    run.send("request")  # without an id, or a method
    run.end()
    assert not kept(known, run)


def test_a_run_without_a_verdict_ends_the_process(known: KnownPrograms) -> None:
    run = Run(known)
    run.start()
    run.send("stop")
    assert run.receive() == {"stopped": True}
    known.give_back(run.process, ended=False)
    assert not kept(known, run)


def test_raw_frames_of_a_known_program_explain_nothing(known: KnownPrograms, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("async def app(scope, receive, send):\n    raise ValueError('its source')\n")
    run = Run(known, tmp_path)
    run.start()
    run.send("request", id=1, method="GET", target="/", headers=[])
    reply = run.receive()
    assert (reply["status"], reply["explanation"], reply["observation"]) == (500, "", "")
    run.end()


def test_nobody_is_told_where_a_known_program_stands(known: KnownPrograms, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import asyncio\n\nasync def app(scope, receive, send):\n"
        "    if scope['type'] == 'http':\n        await asyncio.Event().wait()\n"
    )
    run = Run(known, tmp_path)
    run.start()
    run.send("request", id=1, method="GET", target="/", headers=[])
    run.send("where")
    assert run.receive() == {"standing": "", "observation": ""}
    run.end()
