"""How the suite's requests are sent, where that matters: as the extensions of a request."""

from __future__ import annotations

from grading.webapp.asgi_server import Sending
from grading.webapp.client import SENDING

AT_ONCE = {SENDING: Sending(waits=False)}
"""Its answer comes at once, and what it leaves behind goes on as for a user."""


def together(count: int) -> dict[str, Sending]:
    """For each of so many requests, of a thread each: they begin at the same moment."""
    return {SENDING: Sending(count)}
