"""Clients that go, and a server that stops."""

from __future__ import annotations

import contextlib
import threading
import time

import httpx
import pytest

from grading.laptop.model.server import ModelServer, start_server
from grading.tests.laptop.model.asking import TEXT, ask, connect, has_arrived
from grading.tests.laptop.model.llama_double import PATIENCE, LlamaDouble, Script


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_hangs_up_stops_the_engine(
    stream: bool, server: ModelServer, client: httpx.Client, script: Script
) -> None:
    script.endless = True
    with connect(server, stream=stream) as connection:
        assert script.started.wait(PATIENCE)
        if stream:
            assert b"200 OK" in connection.recv(100)
        assert client.get("/health").status_code == 200  # meanwhile the server answers
        assert not script.hung_up_on.is_set()
    assert script.hung_up_on.wait(PATIENCE)
    script.endless = False
    assert ask(client).json()["choices"][0]["message"]["content"] == TEXT


def test_who_hangs_up_in_slow_weather_is_not_answered(
    server: ModelServer, client: httpx.Client, script: Script
) -> None:
    client.put("/weather", json={"weather": "slow", "seconds": 0.5, "times": 1})
    with connect(server):
        has_arrived(client)
    time.sleep(1)
    assert ask(client, max_tokens=3).status_code == 200
    assert [question.get("max_tokens") for question in script.questions] == [3]


@pytest.mark.parametrize(("weather", "stream"), [("sunny", False), ("sunny", True), ("slow", False)])
def test_the_server_stops_although_answers_are_under_way(script: Script, weather: str, stream: bool) -> None:
    script.endless = True
    seen: list[Exception] = []

    def ask_and_wait(client: httpx.Client) -> None:
        try:
            ask(client, stream=stream)
        except httpx.TransportError as error:
            seen.append(error)

    with contextlib.closing(LlamaDouble(script)) as double, httpx.Client(timeout=PATIENCE) as client:
        with start_server(double) as server:
            client.base_url = httpx.URL(server.url)
            client.put("/weather", json={"weather": weather, "seconds": 600, "times": 1})
            thread = threading.Thread(target=ask_and_wait, args=(client,))
            thread.start()
            has_arrived(client)
            assert weather == "slow" or script.started.wait(PATIENCE)
        thread.join()
        assert [type(error) for error in seen] == [httpx.RemoteProtocolError]  # at once, not after a time-out
        assert weather == "slow" or script.hung_up_on.wait(PATIENCE)
        with pytest.raises(httpx.ConnectError):
            client.get("/health")
