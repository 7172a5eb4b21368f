"""Read server-sent events (html.spec.whatwg.org, section 9.2.6) and the pieces of text in them."""

from __future__ import annotations

import json
import re

import httpx


def events(answer: httpx.Response) -> list[str]:
    """Return the data of the events in the body of an answer; the last one counts only if an empty line ends it."""
    found = []
    for block in re.split(r"\r\n\r\n|\n\n|\r\r", answer.content.decode("utf-8", "replace"))[:-1]:
        data = [line[5:].removeprefix(" ") for line in block.splitlines() if line.startswith("data:")]
        if data:
            found.append("\n".join(data))
    return found


def delta(event: str) -> str | None:
    """Return the piece of text in an event's data, `{"delta": "…"}`; None if it has another form."""
    try:
        data = json.loads(event)
    except (ValueError, RecursionError):
        return None
    return data["delta"] if isinstance(data, dict) and isinstance(data.get("delta"), str) and len(data) == 1 else None
