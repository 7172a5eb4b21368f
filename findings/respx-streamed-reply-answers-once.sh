#!/usr/bin/env bash
# respx: a route that replies with a generator gives its text once, then 200 with an empty body
#
# One would guess that a route answers every request alike, as `respond(json=...)` does, or that a generator which
# is used up makes the second request fail.
# What happens: with `respond(stream=generator)` the second request gets status 200 and no body at all. A generator
# inside `httpx.Response(content=...)` as return_value raises StreamConsumed at the second request instead. A
# side_effect that builds the response anew, or a list of pieces, answers every time.
# Why it matters: tests of streamed chat answers with more than one request (a retry, a second turn, two users): the
# second stream ends without a piece, which is a failure that real providers have too, so one looks for it in the
# wrong place.
# Seen with respx 0.23.1, httpx 0.28.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset PYTHONPATH
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check respx==0.23.1 httpx==0.28.1
venv/bin/python - <<'PY'
import signal
from importlib.metadata import version

import httpx
import respx

signal.alarm(60)
print("respx", version("respx"), "httpx", version("httpx"))
SSE = {"content-type": "text/event-stream"}


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


def pieces():
    yield b"data: Hello\n\n"
    yield b"data: [DONE]\n\n"


def three_requests(prepare):
    seen = []
    with respx.mock as mock:
        prepare(mock.post("https://provider.test/chat"))
        for _ in range(3):
            try:
                reply = httpx.post("https://provider.test/chat", json={})
                seen.append((reply.status_code, len(reply.content)))
            except httpx.StreamError as error:
                seen.append(type(error).__name__)
    return seen


full, empty = (200, sum(len(piece) for piece in pieces())), (200, 0)
seen = three_requests(lambda route: route.respond(stream=pieces(), headers=SSE))
expect("respond(stream=generator): status, bytes", seen, [full, empty, empty])
seen = three_requests(lambda route: route.mock(return_value=httpx.Response(200, content=pieces())))
expect("return_value with content=generator", seen, [full, "StreamConsumed", "StreamConsumed"])
seen = three_requests(lambda route: route.mock(side_effect=lambda request: httpx.Response(200, content=pieces())))
expect("side_effect that builds the response", seen, [full, full, full])
print("as described")
PY
