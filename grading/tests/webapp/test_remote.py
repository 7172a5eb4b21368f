"""What the judge says about a program that gives no answer does not depend on which thread notices first."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grading.processes.channel import Channel, Process
from grading.provider.provider import Provider
from grading.results.failure import ContractBroken
from grading.webapp.client import AppClient
from grading.webapp.network_guard import NetworkGuard
from grading.webapp.remote import RemoteProgram

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="the frames travel over a Unix socket here")


@pytest.fixture
def client() -> Iterator[AppClient]:
    """A client of an app that starts and answers no request; its process is a thread here."""
    ours, theirs = (channel(each) for each in socket.socketpair())

    def serve() -> None:
        theirs.receive()
        theirs.send({"started": ""})
        over.wait(60)

    def end(patience: float) -> str:
        over.set()
        theirs.close()
        time.sleep(0.05)  # the other request hears of it first
        return "signal SIGKILL"

    over = threading.Event()
    threading.Thread(target=serve, daemon=True).start()
    remote = RemoteProgram(lambda: Process(ours, end), deadline=60, patience=0.5)
    with remote.running(Path(), {}, Provider(), NetworkGuard()) as running:
        yield running.client
    over.set()


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
