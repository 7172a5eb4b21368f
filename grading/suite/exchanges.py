"""Send the good requests that several tests of the suite examine: each once to an app (see the fixture `exchange`).

plain             a canary, answered by another
again             the same message, answered by a third one
unicode message   it holds what is lost when a text is tidied, unescaped or formatted
unicode text      the model's answer does, and it is long
white space       the model's answer has it everywhere
longest ascii     a message of 4,000 characters, the most that is allowed
longest emoji     the same in characters of four bytes
stream            for POST /generate/stream, whose answer comes in pieces

All other messages and answers are plain, so that a mistake shows only in the tests that are about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from grading.results.failure import canary

if TYPE_CHECKING:
    from grading.provider.provider import Provider
    from grading.provider.wire import ChatRequest
    from grading.webapp.client import AppClient

# The canaries go where {} is; what has no text here is a canary alone.
_MESSAGES = {
    "plain": "Tell me a joke. {}",
    "unicode message": (
        'Größe, e\u0301 ﬁ 語, 👩\u200d🚀,\n"quoted" and \\ back\r\n<b>&#38;</b> {{ }} 100%25\tand  two spaces {}'
    ),
    "longest ascii": "a" * 4_000,
    "longest emoji": "😀" * 4_000,
}
_TEXTS = {
    "unicode text": (
        '"MiXed **case** — `as` “it” is" \\n <b>&amp;</b> é e\u0301 ﬁ 語 😀 \u200b\u200f{}' + " and a long end. " * 600
    ),
    "white space": "  Two lines,\r\n\n\n\t{}  spaces around.  \n",
    "stream": "One, two,\nthree: é 語 😀 {} ",
}


@dataclass(frozen=True)
class Exchange:
    """A request to the app, its answer, and what app and model said to each other in between."""

    message: str
    text: str
    """What the model said."""
    text_canary: str
    """A part of it that stands in nothing else."""
    answer: httpx.Response
    requests: list[ChatRequest]
    """What the model was asked."""
    bodies: list[str]
    keys: list[str]
    blocked: bool
    """Whether the app's event loop stood still meanwhile."""


def good_request(client: AppClient, provider: Provider, name: str) -> Exchange:
    """Return what came of the good request of this name; the app is asked if it was not asked before."""

    def ask() -> Exchange:
        if name == "again":
            message = good_request(client, provider, "plain").message
        else:
            message = _MESSAGES.get(name, "{}").format(canary("message"))
        text_canary = canary("second" if name == "again" else "answer")
        text = _TEXTS.get(name, "{}").format(text_canary)
        said = provider.text
        provider.forget()
        provider.answers(text)
        answer = client.post("/generate/stream" if name == "stream" else "/generate", json={"message": message})
        heard = list(provider.requests), list(provider.bodies), list(provider.keys), provider.blocked
        provider.forget()
        provider.answers(said)
        return Exchange(message, text, text_canary, answer, *heard)

    return client.once(f"good request: {name}", ask)
