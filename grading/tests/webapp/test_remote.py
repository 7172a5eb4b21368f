"""What the judge says about a program that gives no answer does not depend on which thread notices first."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from grading.processes.channel import BrokenChannel, Channel, Process
from grading.provider.provider import Provider
from grading.results.failure import ContractBroken
from grading.webapp.app_log import LogLine
from grading.webapp.client import AppClient, AppDidNotStart
from grading.webapp.link import Received
from grading.webapp.network_guard import NetworkGuard
from grading.webapp.program import Program
from grading.webapp.remote import RemoteProgram

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="the frames travel over a Unix socket here")


@contextmanager
def program(deadline: float, patience: float, says: dict[str, str]) -> Iterator[AppClient]:
    """A client of an app that says this about its start, and answers no request; its process is a thread here."""
    ours, theirs = (channel(each) for each in socket.socketpair())

    def serve() -> None:
        theirs.receive()
        theirs.send(says)
        over.wait(60)

    def end(patience: float) -> str:
        over.set()
        theirs.close()
        time.sleep(0.05)  # the other request hears of it first
        return "signal SIGKILL"

    over = threading.Event()
    threading.Thread(target=serve, daemon=True).start()
    remote = RemoteProgram(lambda: Process(ours, end), deadline=deadline, patience=patience)
    try:
        with remote.running(Path(), {}, Provider(), NetworkGuard()) as running:
            yield running.client
    finally:
        over.set()


@pytest.fixture
def client() -> Iterator[AppClient]:
    with program(60, 0.5, {"started": ""}) as found:
        yield found


def channel(end: socket.socket) -> Channel:
    number = end.detach()
    return Channel(number, number)


def test_two_requests_that_wait_in_vain_hear_the_same(client: AppClient) -> None:
    """The first to give up ends the process: the second must not blame the program for that."""

    def ask(delay: float) -> str:
        time.sleep(delay)
        with pytest.raises(ContractBroken) as caught:
            client.get("/")
        return str(caught.value)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(ask, (0, 0.1))
    assert first == second
    assert "no answer within 0.5 seconds" in first


def test_a_wait_ends_with_the_deadline_of_the_submission() -> None:
    began = time.monotonic()
    with program(1, 60, {"started": ""}) as client:
        with pytest.raises(ContractBroken, match="no answer within"):
            client.get("/")
        with pytest.raises(ContractBroken, match="the time for this submission was over"):
            client.get("/")
    assert time.monotonic() - began < 20


def test_what_a_program_says_of_its_start_is_cut_before_it_is_kept() -> None:
    long = "eyJ-" * 30_000
    with pytest.raises(AppDidNotStart) as caught, program(60, 10, {"started": long, "observation": long}):
        pass
    assert len(caught.value.explanation.text) == len(caught.value.explanation.observation) == 2_000


def test_a_long_log_line_of_letters_that_need_twelve_bytes_is_cut_and_costs_the_program_nothing(tmp_path: Path) -> None:
    ours, theirs = (channel(each) for each in socket.socketpair())
    text = "\N{PARTY POPPER}" * 20_000
    with ThreadPoolExecutor(1) as pool:
        received = pool.submit(ours.receive)
        Program(theirs, tmp_path)._send_log(LogLine("app", text, False, False, text))
        header, _ = received.result(10)
    assert text.startswith(header["text"])
    assert len(header["text"]) >= 1_000


def test_a_submission_may_fill_the_judges_memory_so_far_and_no_further() -> None:
    received, megabyte = Received(), b"x" * 2**20
    for _ in range(16):
        received.add(megabyte)
    with pytest.raises(BrokenChannel, match="more than 16 MB"):
        received.add(b"x")
    line = LogLine("app", "x" * 2**20, False, False, "")
    assert [received.has_room_for(line) for _ in range(31)] == [True] * 30 + [False]
