"""Step 8: requests overlap, and no call waits forever."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest

from grading.provider.litellm_environment import LOCAL_MODEL, OTHER_MODEL
from grading.provider.provider import PATIENCE
from grading.results.failure import canary
from grading.suite.sending import send_together
from grading.suite.traces import said, trace

pytestmark = pytest.mark.step(8)

PAIRS = 4  # of requests that arrive together; where something is shared, a mix-up shows in nearly each of them
A_MOMENT = 2.0  # seconds


@pytest.mark.worth(6)
def test_requests_overlap(exchange, client, provider, expect, tries):
    """While the model thinks about one request, another one is answered, and each gets its own answer."""
    usual = exchange("plain")
    expect.asked(usual.answer, usual.requests)
    bodies = [{"message": canary("message")} for _ in range(2)]
    slow, quick = canary("answer"), canary("answer")
    with ThreadPoolExecutor(3) as pool, provider.hold() as hold:
        first = pool.submit(client.post, "/generate", json=bodies[0])
        reached = pool.submit(hold.reached.wait, PATIENCE)
        wait([first, reached], timeout=PATIENCE, return_when=FIRST_COMPLETED)
        asked = hold.reached.is_set()
        hold.reached.set()
        provider.answers(quick)
        second = pool.submit(client.post, "/generate", json=bodies[1])
        wait([second], timeout=PATIENCE / 4)  # well below what any answer may take
        provider.answers(slow)
        overlapped = second.done() and not hold.release.is_set()
        hold.release.set()
        answer = second.result()
    expect.that(asked, first.result(), "the model is called", came_back="an answer, but the model was never called")
    if hold.blocks_server:
        why = "your server was blocked, because a call waits in async def without await"
    else:
        why = "it waited, as for a lock or for the only thread of a pool"
    expect.that(
        overlapped and not hold.blocks_server,
        answer,
        "a second request is answered while the model is still working on the first one",
        came_back=f"the second request got no response until the first was finished: {why}",
        sent="POST /generate twice, the second while the model is working on the first",
    )
    expect.that(len(provider.requests) >= 2, answer, "the model is called for both requests")
    expect.not_blocked(answer, provider.blocked)
    replies = [(first.result(), slow, quick), (answer, quick, slow)]
    _not_mixed_up(replies, usual, expect)
    for reply, own, _ in replies:
        expect.that(
            own.encode() in reply.content or usual.text.encode() not in usual.answer.content,
            reply,
            "each of two requests at the same time gets its own answer",
            came_back="another text than the model's answer to this request",
        )
    after = exchange("white space")  # one history for all is step 3's affair
    mixes_always = any(trace(usual.canaries[0], body) for body in after.bodies)
    tells_always = bool(trace(usual.canaries[0], said(after.answer)))  # in a header: step 4's
    for _ in range(PAIRS):
        both = [canary("message"), canary("message")]
        replies = _together(client, provider, both)
        _not_mixed_up(replies, usual, expect, headers=not tells_always)
        expect.that(
            mixes_always or not any(all(trace(message, body) for message in both) for body in provider.bodies),
            replies[0][0],
            "the model gets the message of one user only, also while it works on another request",
            came_back="the model got two users' messages in one request: keep each request's data in local variables",
        )
    same = canary("message")
    replies = _together(client, provider, [same, same])
    expect.that(
        len(provider.requests) >= 2,
        replies[0][0],
        "each of two requests calls the model, even if both come at once with the same message",
        came_back="the model was called once for both",
    )
    for each in (usual, *tries()):
        expect.not_blocked(each.answer, each.blocked)


def _together(client, provider, messages):
    """Send two requests at once, and let the model think until it has both.

    Returns for each its answer, its own message, of which the model's text is made, and that of the other one.
    """
    provider.forget()
    provider.echoes(lambda message: f"You said: {message}")
    with ThreadPoolExecutor(2) as pool, provider.hold(2) as hold:
        sent = send_together(pool, client, "/generate", messages)
        hold.reached.wait(A_MOMENT)
        hold.release.set()
        answers = [each.result() for each in sent]
    return list(zip(answers, messages, reversed(messages), strict=True))


def _not_mixed_up(replies, usual, expect, *, headers=False):
    """Each of these requests has the answer that it would have alone, and nothing of the other's."""
    for reply, _, other in replies:
        expect.that(
            not trace(other, said(reply) if headers else reply.content.decode("utf-8", "replace")),
            reply,
            "each of two requests at the same time gets its own answer",
            came_back="the answer to the other request: keep each request's data in local variables",
        )
        expect.status(reply, usual.answer.status_code, "as for a request that comes alone")


@pytest.mark.worth(3)
def test_every_call_has_a_time_out(exchange, expect, tries):
    """Every call to the provider has a time-out of at most 60 seconds, further tries included."""
    plain = exchange("plain")
    expect.asked(plain.answer, plain.requests)
    _time_out(expect, plain, exchange("longest ascii"), *tries())


@pytest.mark.worth(0.5)
@pytest.mark.parametrize("llm_model", [OTHER_MODEL, LOCAL_MODEL], ids=["anthropic", "ollama"])
def test_calls_to_another_provider_have_a_time_out(exchange, expect):
    """The same holds with a model of another provider, and the server does not stand still there either."""
    plain = exchange("plain")
    expect.asked(plain.answer, plain.requests)
    _time_out(expect, plain)
    expect.not_blocked(plain.answer, plain.blocked)


def _time_out(expect, *asked):
    """None of the requests to the provider waits for too long; each belongs to an answer of the app's."""
    for each in asked:
        for request in each.requests:
            expect.times_out(
                each.answer,
                request.timeout,
                "a timeout of at most 60 seconds in the call to LiteLLM itself, for example timeout=30 (its default is "
                "600 seconds; a deadline around the call does not change that)",
            )
