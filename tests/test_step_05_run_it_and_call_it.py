"""Step 5, hands-on: the app behind a real server, called over a real connection. It has no marks."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException

import pytest

from grading.results.failure import canary
from grading.suite.documented_names import REFUSED

pytestmark = pytest.mark.step(5)


def test_a_live_server_answers(names, live_server, exchange, provider, expect):
    """`uvicorn main:app` answers POST /generate over a socket."""
    text = canary("answer")
    provider.answers(text)
    for again in (False, True):
        path, field = names(again).path, names(again).field
        status, body = _call(live_server, "POST", path, {field: canary("message")})
        if status not in REFUSED:
            break
    sent = f"POST {live_server.url}{path}"
    expect.that(status == 200, None, "200 from the running server", sent=sent, came_back=f"{status or body}")
    if text not in body:
        plain = exchange("plain")
        expect.asked(plain.answer, plain.requests)
    expect.that(text in body, None, "the model's text", sent=sent, came_back=f"{status}, without the text")


def test_a_live_server_documents_itself(names, live_server, expect):
    """The running server offers /openapi.json, from which /docs is made."""
    status, body = _call(live_server, "GET", "/openapi.json", None)
    path = names("/generate" not in body).path
    expect.that(
        status == 200 and path in body,
        None,
        f"a description of POST {path}",
        sent=f"GET {live_server.url}/openapi.json",
        came_back=f"{status or body}",
    )


def _call(server, method, path, body):
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        payload = None if body is None else json.dumps(body)
        connection.request(method, path, payload, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    except (HTTPException, OSError):
        return 0, "no whole answer: the connection broke off"
    finally:
        connection.close()
