"""Find what is left of a secret in a text: a random part of it is enough, in any letter case."""

from __future__ import annotations

import httpx

_ENOUGH = 8  # random digits in a row; four thousand million texts have none of these by chance


def said(answer: httpx.Response) -> str:
    """Return all that an answer says: its body and the values of its headers. (answer.text believes a charset.)"""
    return "\n".join([answer.content.decode("utf-8", "replace"), *answer.headers.values()])


def trace(secret: str, text: str) -> str:
    """Return a part of `secret`, a canary, that stands in `text`; "" if there is none."""
    digits, text = secret.rpartition("-")[2].lower(), text.lower()
    parts = (digits[start : start + _ENOUGH] for start in range(len(digits) - _ENOUGH + 1))
    return next((part for part in parts if part in text), "")
