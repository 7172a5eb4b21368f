"""Step 7: blank and very long messages are refused before the model is asked, and no others."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.step(7)


@pytest.mark.worth(1)
@pytest.mark.parametrize("message", ["", "   ", "\n\t \r\n"], ids=["empty", "spaces", "line-breaks"])
def test_a_blank_message_is_refused(exchange, client, provider, expect, message):
    """An empty message, or one of white space only, gets 422."""
    expect.not_refused(exchange("plain").answer)
    answer = client.post("/generate", json={"message": message})
    expect.status(answer, 422, "because a blank message is not a question: reject it like any other invalid input")
    expect.not_asked(answer, provider.requests)


@pytest.mark.worth(0.5)
@pytest.mark.parametrize(
    ("request_name", "what"),
    [
        ("short", "of one character"),
        ("lines", "of several lines"),
        ("indented", "that starts with whitespace"),
    ],
    ids=["one-character", "several-lines", "leading-spaces"],
)
def test_a_message_within_the_limits_is_accepted(exchange, client, expect, request_name, what):
    """A message of one character, of several lines, or with white space in front is a good one."""
    because = "only blank messages and those of more than 4,000 characters are rejected"
    _is_accepted(exchange(request_name), exchange("plain"), expect, f"a message {what} is accepted: {because}")
    expect.status(client.post("/generate", json={"message": " "}), 422, "because a blank message is not a question")


def _is_accepted(asked, usual, expect, expected, sent=""):
    """It is answered like a usual message; what happens to that is another step's affair."""
    is_answered = asked.answer.status_code == 200 or usual.answer.status_code != 200
    expect.that(is_answered and asked.answer.status_code not in (400, 413, 422), asked.answer, expected, sent=sent)
    expect.that(
        bool(asked.requests) or not usual.requests,
        asked.answer,
        f"{expected}, and the model gets it",
        came_back=f"{asked.answer.status_code}, and the model was not called",
        sent=sent,
    )


@pytest.mark.parametrize(
    ("request_name", "character", "what", "usual_name"),
    [
        pytest.param("longest ascii", "a", "Word by word. Word …", "plain", marks=pytest.mark.worth(3), id="ascii"),
        pytest.param("longest emoji", "😀", "😀😀😀😀😀…", "unicode message", marks=pytest.mark.worth(2.5), id="emoji"),
    ],
)
def test_4000_characters_are_the_limit(exchange, client, provider, expect, request_name, character, what, usual_name):
    """A message of 4,000 characters (not bytes) is accepted, one of 4,001 gets 422."""
    longest, usual = exchange(request_name), exchange(usual_name)
    because = "(4,001 are too many); characters count, not bytes"
    sent = f'POST /generate {{"message": "{what}"}}, with 4,000 characters in all'
    _is_accepted(longest, usual, expect, f"a message of exactly 4,000 characters is accepted {because}", sent)
    asked, asked_usually = (
        [message.content for request in each.requests[:1] for message in request.messages] for each in (longest, usual)
    )
    expect.that(  # if the model does not get a usual message, another step is at fault
        _letters(longest.message) in _letters(*asked) or _letters(usual.message) not in _letters(*asked_usually),
        longest.answer,
        "the model gets all 4,000 characters of it",
        came_back=f"the last message that the model got has {len(asked[-1]) if asked else 0:,} characters",
        sent=sent,
        observed="the model got another number of them",
    )
    answer = client.post("/generate", json={"message": character * 4_001})
    because = "because the message has 4,001 characters, one too many"
    if answer.status_code == 413:
        because += "; 413 is for the limit of the model, not for ours"
    elif provider.requests:
        asked = sum(len(each.content) for each in provider.requests[0].messages if each.role == "user")
        because += f"; the model was called with {'the first ' if asked < 4_001 else 'all '}{asked:,} of them"
    expect.status(answer, 422, because)
    expect.not_asked(answer, provider.requests)


def _letters(*texts):
    """Return the texts without white space, full stops and capitals: what becomes of these is step 3's affair."""
    return "".join("".join(texts).lower().replace(".", "").split())
