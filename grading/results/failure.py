"""A broken contract as data, from the assertion to every renderer; and canaries, which no program can guess."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

LONGEST = 20_000
"""Characters of a program's text that are looked at; it may be of any length."""
EXPLANATION = "kit_explanation"
"""The extension of an httpx response that holds the Explanation of the exception behind it."""
PRINTED = "kit_printed"
"""The extension of an httpx response that holds the last lines that the program printed meanwhile."""
BLOCKED = "kit_blocked"
"""The extension of an httpx response that says whether the program slept meanwhile in the thread of the server."""
MISSING_AWAIT = "A coroutine is what an async function gives until it is awaited: put `await` in front of the call."
_CANARY = re.compile(r"([a-z]{1,20})-[0-9a-f]{12}", re.IGNORECASE)  # bounded, or a long word takes quadratic time
# In LiteLLM's Timeout, of the live server, in a model's answer, in what Python prints of an object, and of a text that
# pydantic cut.
_NOISE = re.compile(
    r"(time taken=|127\.0\.0\.1:|\bcreated\W{1,4}(?=\d{10}))[0-9.]+|( at 0x)[0-9a-f]+|([a-z]-)[0-9a-f]{1,11}(?=\.\.\.)"
)
_ID = re.compile(r"\b(chatcmpl-|msg_01|resp_)[0-9a-f]{12,24}")  # of a model's answer
_LONGEST_OBSERVATION = 200  # characters; ours have at most half of that


def canary(label: str) -> str:
    """Return `label` with 12 random hex digits: a text that no program can know beforehand."""
    return f"{label}-{secrets.token_hex(6)}"


def hide_canaries(text: str) -> str:
    """Replace the digits of canaries, ids, times and ports by "…", so that two runs say the same."""
    return _NOISE.sub(r"\1\2\3…", _CANARY.sub(r"\1-…", _ID.sub(r"\1…", text)))


@dataclass(frozen=True)
class Explanation:
    """Why the program raised an exception."""

    text: str = ""
    """For its author: the exception, their line of code, and advice. Empty if there was no exception."""
    observation: str = ""
    """See `Failure`."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Failure:
    """How a program broke the contract: five parts for people, any of which may be empty, and one for the matcher."""

    sent: str
    came_back: str
    expected: str
    look_at: str
    observation: str
    """What any program with the same mistake shows here: without the program's own wording, names and numbers."""
    printed: str = ""
    """The last lines that the program printed during that request; only where it runs in its judge's process."""

    @classmethod
    def of(
        cls, sent: str, came_back: str, expected: str, look_at: str, observation: str = "", printed: str = ""
    ) -> Failure:
        """Make one of texts that may quote the program; by default it observed the first line of `came_back`."""
        observation = (observation or came_back.partition("\n")[0])[:_LONGEST_OBSERVATION]
        texts = (sent, came_back, expected, look_at, observation, printed)
        return cls(*("\n".join(hide_canaries(text[:LONGEST]).splitlines()) for text in texts))

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The parts for people that are not empty, each with its label."""
        labels = ("sent", "came back", "printed", "expected", "look at")
        texts = (self.sent, self.came_back, self.printed, self.expected, self.look_at)
        return [(label, text) for label, text in zip(labels, texts, strict=True) if text]

    def __str__(self) -> str:
        """Render the parts as a message: labels on the left, further lines indented."""
        indent = "\n" + " " * 12
        return "\n".join(f"{label + ':':<11} {text.replace(chr(10), indent)}" for label, text in self.parts)


class ContractBroken(AssertionError):
    """The student's program breaks the contract; `failure` says how."""

    def __init__(
        self, sent: str, came_back: str, expected: str, look_at: str, observation: str = "", printed: str = ""
    ) -> None:
        self.failure = Failure.of(sent, came_back, expected, look_at, observation, printed)
        super().__init__(str(self.failure))
