"""What a judge says to an assignment's pytest plugin, in `config.stash`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

RUNNING = pytest.StashKey[Callable[..., AbstractContextManager[Any]]]()
"""Starts the program under test; an assignment's plugin knows the arguments. A judge sets it to run programs apart."""
DEADLINE = pytest.StashKey[float]()
"""Seconds from the first start of the program on after which nothing is waited for; without it, there is no end."""
JUDGED = pytest.StashKey[bool]()
"""Whether a student's own tests are judged: then they share a start of the program, as the suite's tests do."""
ON_SERVER_THREAD = "kit.on_server_thread"
"""An extension of an httpx request from a program that runs apart: whether it blocks that program's event loop."""
