"""Step 4: the answer is {"response": <the model's text, unchanged>}."""

from __future__ import annotations

import pytest

from grading.results.failure import canary
from grading.suite.contract import read_json
from grading.suite.documented_names import CONTRACT, documented_names
from grading.suite.exchanges import NAMES
from grading.suite.openapi_schema import answer_schema, is_required_string, operation
from grading.suite.traces import said, trace

pytestmark = pytest.mark.step(4)


@pytest.mark.worth(4)
def test_the_answer_is_the_models_text(exchange, expect):
    """A good request gets 200 and exactly {"response": <text>}."""
    plain = exchange("plain")
    expect.asked(plain.answer, plain.requests)
    expect.status(plain.answer, 200)
    expect.json(plain.answer, {"response": plain.text}, "which is what the model said")
    kind = plain.answer.headers.get("content-type", "")
    expect.that(
        kind.partition(";")[0].strip().lower() == "application/json",
        plain.answer,
        "the content type application/json",
        came_back=f"the content type {kind or '(none)'}",
    )


@pytest.mark.parametrize(
    ("request_names", "what"),
    [
        pytest.param(["white space"], "every space and character", marks=pytest.mark.worth(1.5), id="white-space"),
        pytest.param(["unicode text"], "every space and character", marks=pytest.mark.worth(1), id="unicode"),
        pytest.param(
            ["code block", "json"], "its ``` or its { } included", marks=pytest.mark.worth(0.5), id="code-block"
        ),
        pytest.param(["label"], "whatever it begins with", marks=pytest.mark.worth(0.5), id="label"),
        pytest.param(
            ["cut off"], 'even if it is cut off (finish_reason is "length")', marks=pytest.mark.worth(0.5), id="cut-off"
        ),
    ],
)
def test_the_text_is_unchanged(exchange, expect, request_names, what):
    """The model's text comes back as it is: not stripped, shortened, unwrapped, escaped or tidied."""
    for name in request_names:
        asked = exchange(name)
        expect.asked(asked.answer, asked.requests)
        expect.json(asked.answer, {"response": asked.text}, f"the model's text, {what}")


@pytest.mark.worth(1)
def test_each_request_gets_its_own_answer(exchange, client, provider, expect):
    """No answer holds what another user wrote or was told, and each new text of the model's comes back."""
    expect.asked(exchange("plain").answer, exchange("plain").requests)
    for each in (exchange("plain"), exchange("again")):
        if each.requests or each is exchange("plain"):  # an answer without asking is another step's affair
            expect.json(each.answer, {"response": each.text}, "which is what the model said this time")
    asked = [each for each in map(exchange, NAMES) if each.requests]
    answers = [(each.answer, each.canaries) for each in asked]
    provider.fails(500)
    answers.append((client.post("/generate", json={"message": canary("message")}), ()))
    answers.append((client.post("/generate", json={"message": 5}), ()))
    for answer, own in answers:
        others = {secret for each in asked for secret in each.canaries}.difference(own)
        expect.that(
            not any(trace(secret, said(answer)) for secret in others),
            answer,
            "an answer holds nothing that another user wrote or was told",
            came_back=f"{answer.status_code}, with the text of another request",
        )


@pytest.mark.worth(1)
def test_the_answer_is_documented(client, exchange, expect):
    """/openapi.json says that POST /generate answers 200 with a required string `response`."""
    answer = client.get("/openapi.json")
    document = read_json(answer)
    other = None
    if operation(document, "/generate") is None and (other := documented_names(document)) is None:
        exchange("plain")  # a program that refuses even this one has no such route
    schema = answer_schema(document, (other or CONTRACT).path)  # another path is step 2's affair
    expect.that(
        is_required_string(document, schema, "response"),
        answer,
        "for POST /generate a 200 answer with a required string `response` (write -> Answer, or response_model=Answer)",
        came_back=f"{answer.status_code}, without that: the route does not say what it returns",
    )
