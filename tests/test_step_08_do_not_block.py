"""Step 8: requests overlap, and no call waits for ever."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest

from grading.provider.provider import PATIENCE
from grading.results.failure import canary

pytestmark = pytest.mark.step(8)


@pytest.mark.worth(6)
def test_requests_overlap(client, provider, expect):
    """While the model thinks about one request, another one is answered."""
    message = {"message": canary("message")}  # the same for both: each request asks the model all the same
    slow, quick = canary("answer"), canary("answer")
    with ThreadPoolExecutor(3) as pool, provider.hold() as hold:
        first = pool.submit(client.post, "/generate", json=message)
        reached = pool.submit(hold.reached.wait, PATIENCE)
        wait([first, reached], timeout=PATIENCE, return_when=FIRST_COMPLETED)
        asked = hold.reached.is_set()
        hold.reached.set()
        provider.answers(quick)
        second = pool.submit(client.post, "/generate", json=message)
        wait([second], timeout=PATIENCE / 2)
        provider.answers(slow)
        overlapped = second.done() and not hold.release.is_set()
        hold.release.set()
        answer = second.result()
    expect.that(asked, first.result(), "the model is asked", came_back="an answer, although the model was never asked")
    if hold.blocks_server:
        why = "the server stood still, because the call blocks its event loop (async def without await)"
    else:
        why = "the second one waited until the first was done, as for a lock, or for the only thread of a pool"
    expect.that(
        overlapped and not hold.blocks_server,
        answer,
        "a second request is answered while the model still thinks about the first one",
        came_back=f"no answer until the first request had its own: {why}",
        sent='POST /generate twice, the second while the model "thinks" about the first',
    )
    expect.that(len(provider.requests) >= 2, answer, "the model is asked for both requests")
    expect.not_blocked(answer, provider.blocked)
    for other, reply in ((quick, first.result()), (slow, answer)):
        expect.that(
            other.encode() not in reply.content,
            reply,
            "each of two requests at the same time gets its own answer",
            came_back="the answer to the other one: what one request needs belongs into its own variables",
        )


@pytest.mark.worth(4)
def test_every_call_has_a_time_out(exchange, expect):
    """Every call to the provider has a time-out of at most 60 seconds."""
    plain = exchange("plain")
    expect.asked(plain.answer, plain.requests)
    for asked in (plain, exchange("longest ascii")):
        for request in asked.requests:
            expect.times_out(
                asked.answer,
                request.timeout,
                "a time-out of at most 60 seconds that LiteLLM is told of, for example timeout=30 (its own is 600 "
                "seconds, and it knows nothing of a deadline around the call)",
            )
