"""The suite's assertions: what they demand, and the four parts of what they say."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from grading.results.failure import ContractBroken, canary
from grading.suite.contract import Expect, describe_answer, describe_request, read_json, same_json, shorten

EXPECT = Expect('step 7 "Limit the input", or a hint: grade hint 7')


def answer(
    status: int = 200, body: str | bytes = '{"response": "Hi"}', sent: str = '{"message": "Hello"}'
) -> httpx.Response:
    request = httpx.Request("POST", "http://127.0.0.1:8000/generate", content=sent)
    return httpx.Response(status, content=body, request=request)


def says(function: object, *arguments: object) -> str:
    """Return what the broken contract says."""
    with pytest.raises(ContractBroken) as caught:
        function(*arguments)  # type: ignore[operator]
    return str(caught.value)


# The message.


def test_a_message_has_four_parts_in_this_order() -> None:
    text = says(EXPECT.status, answer(sent='{"message": ""}'), 422, "because a blank message is not a question")
    assert text.splitlines() == [
        'sent:       POST /generate {"message": ""}',
        'came back:  200 {"response": "Hi"}',
        "expected:   422, because a blank message is not a question",
        'look at:    step 7 "Limit the input", or a hint: grade hint 7',
    ]


def test_parts_that_are_given_win_and_those_that_are_not_there_are_left_out() -> None:
    text = says(EXPECT.fail, answer(), "that", "something else", "two requests")
    assert text.startswith("sent:       two requests\ncame back:  something else\nexpected:   that\n")
    text = says(Expect("").that, False, None, "an app")
    assert text == "came back:  nothing\nexpected:   an app"


def test_what_differs_from_run_to_run_is_never_shown() -> None:
    text = "POST http://127.0.0.1:40123/generate: litellm.Timeout: time taken=0.02 seconds, timeout value=30.0"
    expected = "POST http://127.0.0.1:…/generate: litellm.Timeout: time taken=… seconds, timeout value=30.0"
    assert str(ContractBroken("", text, "", "")) == f"came back:  {expected}"
    printed = "<coroutine object acompletion at 0x7fb19e0f1c40>"
    assert str(ContractBroken("", printed, "", "")) == "came back:  <coroutine object acompletion at 0x…>"


def test_canaries_differ_and_are_never_shown() -> None:
    first, second = canary("answer"), canary("answer")
    assert re.fullmatch(r"answer-[0-9a-f]{12}", first)
    assert first != second
    told = [
        says(EXPECT.json, answer(body=body, sent=word), {"response": word})
        for word in (first, second)
        for body in (word, word.upper(), word * 20, f"\u200f{word}", "x" * 125 + word, json.dumps([word]))
    ]
    assert told[:6] == told[6:]
    assert not re.search(r"[0-9a-fA-F]{6}", "".join(told))
    assert '{"response": "answer-…"}' in told[0]


# Short, printable parts.


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("é 語 😀", "é 語 😀"),
        ("one\ntwo\t\r\x00\x1b[31m\u2028\u200f", r"one\ntwo\t\r\x00\x1b[31m\u2028\u200f"),
        ("x" * 160, "x" * 160),
        ("xy" * 80, "xy" * 80),
        ("xy" * 80 + "x", "xy" * 65 + " … (161 characters)"),
        ("語1" * 2_500_000, "語1" * 65 + " … (5,000,000 characters)"),
        ('{"message":"' + "語" * 4_001 + '"}', '{"message":"語語語語語…(x4,001)"}'),
        ("x" * 200 + "y" * 200, "xxxxx…(x200)yyyyy…(x200)"),
    ],
)
def test_a_text_is_shown_in_one_short_line(text: str, shown: str) -> None:
    assert shorten(text) == shown


def test_whatever_came_back_is_described() -> None:
    assert describe_answer(answer(204, b"")) == "204"
    assert describe_answer(answer(200, b"\xff\x00")) == r"200 �\x00"
    assert describe_answer(answer(200, b"ab" * 4_500)).endswith("(9,000 characters)")
    assert describe_request(answer(sent="")) == "POST /generate"


# What is demanded.


def test_a_kept_contract_says_nothing() -> None:
    EXPECT.that(True, None, "")
    EXPECT.status(answer(201), 201)
    EXPECT.not_refused(answer(500))
    EXPECT.asked(answer(), ["a request"])
    EXPECT.not_asked(answer(), [])
    EXPECT.json(answer(), {"response": "Hi"})


@pytest.mark.parametrize("status", [307, 308, 404, 405, 415, 422])
def test_a_good_request_must_not_be_refused(status: int) -> None:
    assert "this request is valid" in says(EXPECT.not_refused, answer(status))


def test_asked_and_not_asked_are_opposites() -> None:
    assert "the model was never called" in says(EXPECT.asked, answer(), [])
    assert "but the model was called" in says(EXPECT.not_asked, answer(422), ["a request"])


OTHER_JSON = ['{"response": "Hi "}', '{"response": "Hi", "model": "x"}', '{"response": ["Hi"]}', '["response", "Hi"]']


@pytest.mark.parametrize("body", [*OTHER_JSON, '"{\\"response\\": \\"Hi\\"}"', "{'response': 'Hi'}", ""])
def test_json_must_be_exactly_this(body: str) -> None:
    assert 'expected:   the JSON {"response": "Hi"}, always\n' in says(
        EXPECT.json, answer(body=body), {"response": "Hi"}, "always"
    )


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"\xef\xbb\xbf{}", b"[" * 200_000, b'{"a":' * 200_000, "ä".encode("utf-16")]
)
def test_what_is_no_json_equals_nothing(body: bytes) -> None:
    found = read_json(answer(body=body))
    assert not same_json(found, None)
    assert not same_json(found, {})


DIFFERENT: list[tuple[object, object]] = [(True, 1), (1.0, 1), (0, False), ("1", 1), (None, False), ([], {})]
DIFFERENT += [({"a": 1}, {}), ([1, 2], [1]), ({"a": [True]}, {"a": [1]})]


@pytest.mark.parametrize(("found", "expected"), DIFFERENT)
def test_equal_in_python_is_not_equal_in_json(found: object, expected: object) -> None:
    assert not same_json(found, expected)
    assert not same_json(expected, found)
    assert same_json(found, found)


def test_nested_json_is_compared_by_value() -> None:
    assert same_json({"a": [1, {"b": None}], "c": "é"}, {"c": "é", "a": [1, {"b": None}]})
