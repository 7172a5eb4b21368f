"""Step 4: the answer is {"response": <the model's text, unchanged>}."""

from __future__ import annotations

import pytest

from grading.suite.contract import read_json
from grading.suite.openapi_schema import is_required_string, operation, resolve

pytestmark = pytest.mark.step(4)


@pytest.mark.worth(4)
def test_the_answer_is_the_models_text(exchange, expect):
    """A good request gets 200 and exactly {"response": <text>}."""
    plain = exchange("plain")
    expect.status(plain.answer, 200)
    expect.json(plain.answer, {"response": plain.text}, "which is what the model said")
    kind = plain.answer.headers.get("content-type", "")
    expect.that(
        kind.partition(";")[0].strip() == "application/json",
        plain.answer,
        "the content type application/json",
        came_back=f"the content type {kind or '(none)'}",
    )


@pytest.mark.worth(2)
@pytest.mark.parametrize("request_name", ["white space", "unicode text"], ids=["white-space", "unicode"])
def test_the_text_is_unchanged(exchange, expect, request_name):
    """The model's text comes back as it is: not stripped, shortened or escaped."""
    asked = exchange(request_name)
    expect.json(asked.answer, {"response": asked.text}, "the model's text, with every space and character")


@pytest.mark.worth(1)
def test_each_request_gets_its_own_answer(exchange, expect):
    """The second answer is the model's second text, also for the same message."""
    for asked in (exchange("plain"), exchange("again")):
        because = "which is what the model said this time" if asked.requests else "but the model was not asked again"
        expect.json(asked.answer, {"response": asked.text}, because)


@pytest.mark.worth(1)
def test_the_answer_is_documented(client, expect):
    """/openapi.json says that POST /generate answers 200 with a required string `response`."""
    answer = client.get("/openapi.json")
    document = read_json(answer)
    node = operation(document, "/generate")
    schema = resolve(document, node, "responses", "200", "content", "application/json", "schema")
    expect.that(
        is_required_string(document, schema, "response"),
        answer,
        "for POST /generate a 200 answer with a required string `response` (write -> Answer, or response_model=Answer)",
        came_back=f"{answer.status_code}, without that: the route does not say what it returns",
    )
