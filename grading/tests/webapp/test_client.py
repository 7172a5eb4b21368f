"""The client does what httpx's client does, also where it takes a shorter way."""

from __future__ import annotations

import httpx
import pytest

from grading.webapp.asgi_server import USUAL, Sending
from grading.webapp.client import AppClient
from grading.webapp.reply import Reply


class Host:
    """Answers /old with a redirect, and else with what it was asked."""

    def request(
        self, method: str, target: str, headers: list[tuple[bytes, bytes]], body: bytes, sending: Sending = USUAL
    ) -> Reply:
        if target == "/old":
            return Reply(307, [(b"location", b"/new"), (b"set-cookie", b"a=b")])
        sent = dict(headers).get(b"Authorization", b"")
        return Reply(
            200, [(b"content-type", b"text/plain; charset=utf-8")], f"{method} {target} ".encode() + sent + body
        )


@pytest.fixture
def client() -> AppClient:
    return AppClient(Host())


def test_an_answer_is_that_of_its_request(client: AppClient) -> None:
    answer = client.post("/new?n=1", content="é")
    assert (answer.status_code, answer.text, answer.request.method) == (200, "POST /new?n=1 é", "POST")
    assert answer.url == "http://127.0.0.1:8000/new?n=1"
    assert answer.elapsed.total_seconds() >= 0
    assert (answer.is_closed, answer.history) == (True, [])
    answer.raise_for_status()


def test_redirects_are_followed_only_if_asked_for(client: AppClient) -> None:
    assert client.get("/old").status_code == 307
    assert client.get("/old", follow_redirects=True).text == "GET /new "
    client.follow_redirects = True
    assert client.get("/old").text == "GET /new "


def test_nothing_is_handed_from_one_request_to_the_next(client: AppClient) -> None:
    client.get("/old", follow_redirects=True)
    assert not client.cookies


def test_what_a_client_was_given_is_used(client: AppClient) -> None:
    seen: list[httpx.Request] = []
    client.auth = httpx.BasicAuth("me", "word")
    client.event_hooks = {"request": [seen.append]}
    assert client.get("/new").text == "GET /new Basic bWU6d29yZA=="
    assert len(seen) == 1


def test_an_answer_may_be_read_in_pieces(client: AppClient) -> None:
    with client.stream("GET", "/new") as answer:
        assert "".join(answer.iter_text()) == "GET /new "
