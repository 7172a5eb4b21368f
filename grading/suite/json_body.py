"""Compare a body with the JSON that the contract asks for."""

from __future__ import annotations

import json

import httpx

from grading.results.failure import LONGEST, hide_canaries
from grading.suite.describe import shorten


class NotJson:
    """Stands for a body that is not JSON; equal to nothing else."""


def read_json(answer: httpx.Response) -> object:
    """Parse the body; a NotJson object stands for anything else. Never raises, whatever the program sent."""
    try:
        return json.loads(answer.content.decode("utf-8"))
    except (ValueError, RecursionError):
        return NotJson()


def same_json(found: object, expected: object) -> bool:
    """Compare parsed JSON by value and exact type (True is not 1, 1.0 is not 1)."""
    if type(found) is not type(expected):
        return False
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(same_json(found[key], expected[key]) for key in found)
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(same_json, found, expected))
    return found == expected


def difference(found: object, expected: object) -> str:
    """Say in a sentence how `found` differs from an expected object with one text; "" if there is no simple way."""
    if not isinstance(expected, dict) or len(expected) != 1 or isinstance(found, NotJson):
        return ""
    ((key, wanted),) = expected.items()
    if found == wanted:
        return f"This is the bare text: it belongs into an object, under the key {key}."
    if found is None:
        return "This is what a function without `return` gives."
    if isinstance(found, str) and key in found:
        return "This is JSON inside a text: return the object itself, FastAPI makes the JSON of it."
    if not isinstance(found, dict):
        return ""
    if key not in found:
        return f"The key {key} is missing."
    text = found[key]
    if not isinstance(text, str):
        return f"Under the key {key} stands no text."
    if more := [shorten(name) for name in list(found)[:5] if name != key]:
        return f"It has more than the key {key}: {', '.join(more)}."
    if text == wanted.strip():
        return "The white space around the text is lost."
    text, wanted = hide_canaries(text[:LONGEST]), hide_canaries(wanted)
    kept = next((n for n, (a, b) in enumerate(zip(text, wanted, strict=False)) if a != b), min(len(text), len(wanted)))
    if max(len(text) - 3, 1) <= kept < len(wanted):
        return f"The text ends after {kept:,} of {len(wanted):,} characters."
    return f"From character {kept + 1:,} on, it is another text." if 1 < kept < len(text) else "It is another text."
