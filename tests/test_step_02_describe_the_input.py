"""Step 2: POST /generate takes {"message": <string>}; everything else is refused by 422 or 405."""

from __future__ import annotations

import pytest

from grading.suite.contract import read_json
from grading.suite.openapi_schema import is_required_string, json_schema, operation, resolve

pytestmark = [pytest.mark.step(2), pytest.mark.by_contract]


@pytest.mark.worth(3)
def test_a_good_request_is_accepted(exchange, client, expect):
    """POST /generate takes {"message": "some text"}, also if the content type names the encoding."""
    usual = exchange("plain").answer
    expect.not_refused(usual)
    # Clients in other languages send it so.
    content, kind = b'{"message": "Gr\\u00fc\\u00dfe!"}', "application/json; charset=utf-8"
    answer = client.post("/generate", content=content, headers={"content-type": kind})
    expect.that(
        answer.status_code not in (400, 415, 422) or answer.status_code == usual.status_code,
        answer,
        f"a body of the content type {kind} is accepted, too: parameters may follow a media type",
    )


@pytest.mark.worth(1)
@pytest.mark.parametrize(
    "bodies",
    [[b""], [b"{'message': not JSON"], [b'["message"]', b"null"], [b'"message"', b"5", b"true"]],
    ids=["none", "not-json", "list", "string"],
)
def test_a_body_that_is_no_object_is_refused(client, provider, expect, bodies):
    """A body that is missing, not JSON or not an object gets 422."""
    for body in bodies:
        answer = client.post("/generate", content=body, headers={"content-type": "application/json"})
        because = "because the body is not a JSON object with a message (FastAPI does this for you)"
        expect.status(answer, 422, because)
        expect.not_asked(answer, provider.requests)
    if b"JSON" in bodies[0]:
        answer = client.post("/generate", data={"message": "Hello!"})
        is_refused = 400 <= answer.status_code < 500  # some frameworks say 415 to any other content type
        expect.that(is_refused, answer, "422, because a form's fields are no JSON")
        expect.not_asked(answer, provider.requests)


@pytest.mark.worth(1)
@pytest.mark.parametrize(
    "bodies",
    [
        [{}],
        [{"message": None}],
        [{"message": 5}, {"message": 0.5}, {"message": True}],
        [{"message": {"text": "Hello"}}, {"message": ["Hello"]}],
    ],
    ids=["missing", "null", "number", "object"],
)
def test_a_message_that_is_no_string_is_refused(client, provider, expect, bodies):
    """A message that is missing, null or not a string gets 422."""
    for body in bodies:
        answer = client.post("/generate", json=body)
        because = (
            "because message must be there and be a string. A class made from BaseModel, with `message: str` and no "
            "default, refuses all else; a plain dict takes anything"
        )
        expect.status(answer, 422, because)
        expect.not_asked(answer, provider.requests)


@pytest.mark.worth(1)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_refused(client, expect, method):
    """GET, PUT and DELETE on /generate get 405."""
    answer = client.request(method, "/generate")
    expect.status(answer, 405, f"because /generate is for POST, not for {method}")


@pytest.mark.worth(1)
def test_the_body_is_documented(client, expect):
    """/openapi.json says that POST /generate takes a required string `message`."""
    answer = client.get("/openapi.json")
    document = read_json(answer)
    body = json_schema(document, resolve(document, operation(document, "/generate"), "requestBody"))
    expect.that(
        is_required_string(document, body, "message"),
        answer,
        "for POST /generate a JSON body with a required string `message` (FastAPI documents a BaseModel by itself)",
        came_back=f"{answer.status_code}, without that: the route takes no class made from BaseModel",
    )
