"""What the hostile programs share. It is laid beside each of them, and so is `honest.py`, a copy of the solution.

`aim` says what to hit: files, sockets and processes that the tests made for it. Run by hand there is nothing to hit.
An attack that works gives itself away: the program then does not start, and says what it got.
"""

import ctypes
import functools
import gc
import json
import os
import struct
from pathlib import Path

_AIM = Path(__file__).with_name("aim.json")
aim = json.loads(_AIM.read_text()) if _AIM.exists() else {}
_libc = ctypes.CDLL(None, use_errno=True)


def must_be_refused(attempt, *refusals):
    """Try it; end this program if it works."""
    try:
        got = attempt()
    except (OSError, *refusals):
        return
    raise SystemExit(f"the attack worked: {got!r:.200}")


def c(name, *arguments):
    """Call a function of the C library, past whatever Python's own was replaced by."""
    result = getattr(_libc, name)(*(ctypes.c_long(each) if isinstance(each, int) else each for each in arguments))
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return result


@functools.cache
def host():
    """Find the object that serves this program to its judge. None where program and judge are one process."""
    found = [
        each
        for each in gc.get_objects()
        if type(each).__name__ in ("Program", "ProgramHost") and hasattr(each, "_channel")
    ]
    return found[0] if found else None


def write(data):
    """Write past the host into the channel to the judge, but not into the middle of a frame, which ends the program."""
    if serving := host():
        view = memoryview(data)
        with serving._channel._sending:
            while view:
                view = view[os.write(serving._channel._writer, view[: 1 << 18]) :]


def frame(header, body=b""):
    """Make a frame, as the host does it; `header` is a dict or bytes."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("!II", len(text), len(body)) + text + body


def instead_of_generate(answer):
    """Return the honest app, but for POST /generate, which `await answer(send)` answers."""
    from honest import app as honest

    async def app(scope, receive, send):
        if scope["type"] == "http" and (scope["method"], scope["path"]) == ("POST", "/generate"):
            await answer(send)
        else:
            await honest(scope, receive, send)

    return app


def with_headers(*headers):
    """Return the honest app, with more headers in each of its answers."""
    from honest import app as honest

    async def app(scope, receive, send):
        async def send_more(message):
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        await honest(scope, receive, send_more if scope["type"] == "http" else send)

    return app


async def reply(send, *chunks, status=200, headers=((b"content-type", b"application/json"),)):
    """Answer a request with this body, in pieces."""
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    for chunk in chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
