"""Who may use the model server: programs on this computer, and no web page of another origin."""

from __future__ import annotations

import httpx
import pytest

from grading.laptop.model.server import ModelServer, listen
from grading.tests.laptop.model.asking import QUESTION, ask
from grading.tests.laptop.model.llama_double import LlamaDouble, Script


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "[", ""])
def test_another_host_name_is_refused(host: str, client: httpx.Client, script: Script) -> None:
    assert ask(client, {"host": host}).status_code in (400, 403)  # 400: h11 refuses what is no host name at all
    assert script.questions == []


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost.evil.example", "null", ""])
def test_a_page_of_another_site_is_refused(origin: str, client: httpx.Client) -> None:
    for response in (
        ask(client, {"origin": origin}),
        client.put("/weather", json={"weather": "down"}, headers={"origin": origin}),
        client.options("/v1/chat/completions", headers={"origin": origin, "access-control-request-method": "POST"}),
    ):
        assert response.status_code == 403
        assert not [name for name in response.headers if name.startswith("access-control")]
    assert client.get("/weather").json()["weather"] == "sunny"


@pytest.mark.parametrize("stream", [False, True])
def test_no_header_of_llamas_lets_a_page_in(stream: bool, client: httpx.Client) -> None:
    for headers in ({}, {"origin": "http://localhost:8000"}):
        response = ask(client, headers, stream=stream)
        assert response.status_code == 200
        assert not [name for name in response.headers if name.startswith("access-control")]


def test_the_engine_answers_whoever_has_the_key(stage: tuple[LlamaDouble, ModelServer], server: ModelServer) -> None:
    double, _ = stage
    assert double.key not in httpx.get(f"{server.url}/openapi.json").text
    assert httpx.post(f"{double.url}/v1/chat/completions", json=QUESTION).status_code == 401


@pytest.mark.parametrize(
    "headers", [{"host": "localhost"}, {"host": "[::1]:8080"}, {"origin": "http://localhost:8000"}]
)
def test_this_computer_is_welcome(headers: dict[str, str], client: httpx.Client) -> None:
    assert client.get("/health", headers=headers).status_code == 200


def test_it_listens_on_loopback_only(server: ModelServer) -> None:
    with listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
    assert server.url == f"http://127.0.0.1:{server.port}"
