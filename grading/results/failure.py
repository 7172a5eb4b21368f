"""How a broken contract is told: four short parts, and canaries that no program can know beforehand."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, fields

_LONGEST = 20_000  # characters that are looked at: a program may say any amount
EXPLANATION = "kit_explanation"
"""The extension of a response that tells of the exception behind it; httpx keeps extensions beside the answer."""
MISSING_AWAIT = "A coroutine is what an async function gives until it is awaited: put `await` in front of the call."
_CANARY = re.compile(r"([a-z]{1,20})-[0-9a-f]{12}", re.IGNORECASE)  # bounded: else a long word takes for ever
_NOISE = re.compile(r"(time taken=|127\.0\.0\.1:)[0-9.]+")  # of LiteLLM's Timeout, and of the live server


def canary(label: str) -> str:
    """Return a text that no program can know beforehand: `label`, then 12 random hex digits."""
    return f"{label}-{secrets.token_hex(6)}"


@dataclass
class ContractBroken(AssertionError):
    """The student's program does not keep the contract; the four parts say how."""

    sent: str
    came_back: str
    expected: str
    look_at: str

    def __str__(self) -> str:
        parts = [(field.name.replace("_", " "), getattr(self, field.name)) for field in fields(self)]
        indent = "\n" + " " * 12
        lines = [f"{name + ':':<11} {indent.join(text[:_LONGEST].splitlines())}" for name, text in parts if text]
        return hide_canaries("\n".join(lines))


def hide_canaries(text: str) -> str:
    """Leave only the labels of canaries, and no times or ports: they would make two runs differ."""
    return _NOISE.sub(r"\1…", _CANARY.sub(r"\1-…", text))
