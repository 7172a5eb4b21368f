"""Whatever a program uses to reach a network: it is refused, remembered, and said clearly by the suite."""

from __future__ import annotations

import asyncio
import http.client
import io
import re
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import aiohttp
import httpx
import httpx2
import pytest
import requests

from grading import KIT
from grading.judging.judge import judge
from grading.provider.provider import Provider
from grading.results.result import TestResult
from grading.results.steps import STEPS
from grading.tests.programs import HELLO, write
from grading.webapp.network_guard import NetworkGuard


async def _aiohttp(host: str, port: int) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"http://{host}:{port}/"):
        pass


async def _httpx(host: str, port: int) -> None:
    async with httpx.AsyncClient() as client:
        await client.get(f"http://{host}:{port}/")


def _socket(host: str, port: int) -> None:
    with socket.socket() as sock:
        sock.connect((host, port))


def _connect_ex(host: str, port: int) -> None:
    with socket.socket() as sock:
        if sock.connect_ex((host, port)):
            raise OSError


WAYS: dict[str, Callable[[str, int], object]] = {
    "requests": lambda host, port: requests.get(f"http://{host}:{port}/", timeout=30),
    "urllib": lambda host, port: urllib.request.urlopen(f"http://{host}:{port}/", timeout=30),
    "http.client": lambda host, port: http.client.HTTPConnection(host, port).request("GET", "/"),
    "https": lambda host, port: http.client.HTTPSConnection(host, port).request("GET", "/"),
    "httpx": lambda host, port: httpx.get(f"http://{host}:{port}/"),
    "httpx-async": lambda host, port: asyncio.run(_httpx(host, port)),
    "httpx2": lambda host, port: httpx2.get(f"http://{host}:{port}/"),
    "aiohttp": lambda host, port: asyncio.run(_aiohttp(host, port)),
    "asyncio": lambda host, port: asyncio.run(asyncio.open_connection(host, port)),
    "socket": _socket,
    "connect_ex": _connect_ex,
    "create_connection": lambda host, port: socket.create_connection((host, port)),
}


@pytest.fixture
def port() -> Iterator[int]:
    """A port of this computer at which nobody must ever connect."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        sock.setblocking(False)
        yield sock.getsockname()[1]
        with pytest.raises(BlockingIOError):
            sock.accept()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "model.example"])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_way_out_is_refused_and_remembered(way: Callable[[str, int], object], host: str, port: int) -> None:
    guard = NetworkGuard()
    no_look_up = mock.patch.object(socket, "getaddrinfo", side_effect=AssertionError("a name was looked up"))
    with no_look_up, guard.active(), pytest.raises((OSError, httpx.ConnectError, httpx2.ConnectError)):
        way(host, port)
    assert set(guard.attempts) == {f"{host}:{port}"}


def test_ipv6_is_refused() -> None:
    guard = NetworkGuard()
    with guard.active(), socket.socket(socket.AF_INET6) as sock, pytest.raises(ConnectionRefusedError):
        sock.connect(("::1", 9, 0, 0))
    assert guard.attempts == ["::1:9"]


def test_threads_are_guarded_too(port: int) -> None:
    guard, refusals = NetworkGuard(), []

    def connect() -> None:
        try:
            _socket("127.0.0.1", port)
        except OSError as error:
            refusals.append(error)

    with guard.active():
        thread = threading.Thread(target=connect)
        thread.start()
        thread.join()
    assert [type(refusal) for refusal in refusals] == [ConnectionRefusedError]


def test_the_suites_own_server_is_allowed_and_nothing_stays_guarded() -> None:
    guard = NetworkGuard()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        address = listener.getsockname()
        guard.allowed.add(address)
        with guard.active():
            _socket(*address)
            with pytest.raises(ConnectionRefusedError):
                _socket("127.0.0.1", address[1] + 1 if address[1] < 65_535 else 1)
        guard.allowed.clear()
        _socket(*address)
        assert len(guard.attempts) == 1


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no Unix sockets")
def test_unix_sockets_are_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a whole path may be longer than the 100 bytes that a socket's name may have
    guard = NetworkGuard()
    with guard.active(), socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as sock:
        listener.bind("s")
        listener.listen()
        sock.connect("s")
    assert guard.attempts == []


# What every event loop needs.


def socketpair() -> tuple[socket.socket, socket.socket]:
    """Connect two sockets as Python does on Windows, in a function of this name."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        first = socket.socket()
        first.connect(listener.getsockname())
        return first, listener.accept()[0]


@pytest.mark.parametrize("name", ["socketpair", "_fallback_socketpair", "this module's"])
def test_a_pair_of_sockets_is_allowed(name: str) -> None:
    make = getattr(socket, name, None) if name in ("socketpair", "_fallback_socketpair") else socketpair
    if make is None:
        pytest.skip("this version of Python has no such function")
    guard = NetworkGuard()
    with guard.active():
        first, second = make()
        with first, second:
            first.sendall(b"x")
            assert second.recv(1) == b"x"
    assert guard.attempts == []


def test_event_loops_work_under_the_guard() -> None:
    async def work() -> str:
        return await asyncio.to_thread(lambda: "done")

    guard = NetworkGuard()
    with guard.active():
        assert asyncio.run(work()) == "done"
    assert guard.attempts == []


# What the suite makes of it.

TRIES = "    try:\n        {}\n    except Exception:\n        pass\n    return 'hello'\n"
LEAVES = {
    "requests": ("import requests", "requests.get('http://127.0.0.1:9/')", "127.0.0.1:9"),
    "httpx2": ("import httpx2", "httpx2.get('https://prices.example/tea')", "prices.example:443"),
    "a-post": (
        "import httpx",
        "httpx.post('https://prices.example/v1/quotes', json={})",
        "POST https://prices.example/v1/quotes is not an address at which a known provider takes chat requests.",
    ),
    "a-get": (
        "import httpx",
        "httpx.get('https://prices.example/tea')",
        "GET https://prices.example/tea asks no model: chat requests are POST.",
    ),
}


def results(folder: Path, step: str) -> list[TestResult]:
    """Run one step's tests on a program."""
    return judge(str(folder), [str(next((KIT / "tests").glob(f"test_step_{step}_*.py")))], io.StringIO())


def without_port(contact: str) -> str:
    """As messages write it: on this computer a port differs from run to run."""
    return re.sub(r"(127\.0\.0\.1:)\d+", r"\1…", contact)


@pytest.mark.parametrize(("module", "call", "contact"), LEAVES.values(), ids=LEAVES)
def test_a_program_that_asks_others_is_told(tmp_path: Path, module: str, call: str, contact: str) -> None:
    """Its own errors are swallowed, and every answer is right: only the guard notices."""
    program = f"{module}\n{HELLO.split('@app')[0]}@app.get('/{{rest:path}}')\ndef hello():\n{TRIES.format(call)}"
    first = results(write(tmp_path, program), "01")[0]
    assert first.status == "failed"
    assert first.message.splitlines() == [
        f"came back:  a request that is not LiteLLM's: {without_port(contact)}",
        f"expected:   {Provider.expected}",
        f"look at:    {STEPS[0].where}",
    ]


@pytest.mark.parametrize(("module", "call", "contact"), LEAVES.values(), ids=LEAVES)
def test_a_program_that_asks_others_at_import_loses_that_test_only(
    tmp_path: Path, module: str, call: str, contact: str
) -> None:
    program = f"{module}\ntry:\n    {call}\nexcept Exception:\n    pass\n{HELLO}"
    tests = results(write(tmp_path, program), "01")
    (failed,) = (test for test in tests if test.status != "passed")
    assert failed.id.endswith("::test_importing_asks_nobody")
    assert f"came back:  it contacted: {without_port(contact)}\n" in failed.message
