"""Put a text into a real body that must not reach the program's own clients."""

from __future__ import annotations

import json
from typing import Any

_TOLD = ("message", "error", "detail", "details", "raw")


def with_canary(body: str, canary: str) -> str:
    """Return the JSON `body` with `canary` after each text that is written for people; its codes stay as they are."""
    return json.dumps(_marked(json.loads(body), canary))


def _marked(value: Any, canary: str, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _marked(each, canary, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_marked(each, canary) for each in value]
    return f"{value} {canary}" if isinstance(value, str) and value and key in _TOLD else value
