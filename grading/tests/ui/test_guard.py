"""Who gets to the page: whoever has the token, from the page itself, at this computer's own name."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from grading.ui.guard import Guard

TOKEN = "token-of-this-run"
COOKIE = f"grade_ui_4321={TOKEN}"
HOST = "127.0.0.1:4321"


def answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"inside {request.url.path}")


@pytest.fixture
def client() -> TestClient:
    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    return TestClient(Guard(app, 4321, TOKEN), base_url=f"http://{HOST}", follow_redirects=False)


def test_the_token_becomes_a_cookie_and_leaves_the_address(client: TestClient) -> None:
    entered = client.get(f"/?token={TOKEN}")
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.get("/").text == "inside /"  # the client sends the cookie
    assert client.post("/api/check").text == "inside /api/check"


@pytest.mark.parametrize("query", ["", "?token=", "?token=token-of-another", f"?token={TOKEN}x", f"?key={TOKEN}"])
def test_without_the_token_there_is_a_sentence_only(client: TestClient, query: str) -> None:
    refused = client.get(f"/{query}")
    assert refused.status_code == 403
    assert "ends in a token" in refused.text
    assert "set-cookie" not in refused.headers


@pytest.mark.parametrize("path", ["/api/state", "/api/events", "/style.css", "/page.js"])
def test_the_token_in_the_address_opens_the_page_alone(client: TestClient, path: str) -> None:
    assert client.get(f"{path}?token={TOKEN}").status_code == 403


@pytest.mark.parametrize(
    "cookie", ["", "grade_ui_4321=", "grade_ui_4321=other", f"grade_ui_4322={TOKEN}", "grade_ui_4321=é"]
)
def test_a_wrong_cookie_is_none(client: TestClient, cookie: str) -> None:
    assert client.get("/api/state", headers={b"cookie": cookie.encode()}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},  # DNS rebinding: a name of theirs that leads to this computer
        {"host": "evil.example:4321"},
        {"host": "127.0.0.1"},
        {"host": "127.0.0.1:8000"},
        {"host": "127.0.0.1.evil.example:4321"},
        {"host": f"evil@{HOST}"},
        {"host": ""},
        {"origin": "http://evil.example"},
        {"origin": "https://127.0.0.1:4321"},
        {"origin": "http://127.0.0.1:8000"},  # the student's own app is another origin
        {"origin": "http://localhost:4321"},  # not the name that was asked
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},  # another port of this computer
    ],
)
@pytest.mark.parametrize("path", ["/", "/api/check", f"/?token={TOKEN}"])
def test_pages_of_other_origins_are_refused_even_with_token_and_cookie(
    client: TestClient, headers: dict[str, str], path: str
) -> None:
    for method in ("GET", "POST"):
        refused = client.request(method, path, headers={"cookie": COOKIE, **headers})
        assert refused.status_code == 403
        assert "inside" not in refused.text
        assert "access-control-allow-origin" not in refused.headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "localhost:4321"},
        {"host": "localhost:4321", "origin": "http://localhost:4321"},
        {"origin": f"http://{HOST}", "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
    ],
)
def test_the_page_itself_is_let_in(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/api/check", headers={"cookie": COOKIE, **headers}).status_code == 200


def test_every_answer_forbids_what_the_page_does_not_need(client: TestClient) -> None:
    for answer in (client.get("/"), client.get("/", headers={"cookie": COOKIE}), client.get(f"/?token={TOKEN}")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
