"""Skip a test that can't observe anything until another step works."""

from __future__ import annotations

from typing import NoReturn

import pytest

WAITS_FOR = "waits_for"
"""The property of a pytest report, and of what `wait_for` raises: the number of the step that comes first."""


def wait_for(step: int, because: str) -> NoReturn:
    """Skip this test: step `step` comes first. `because` is a clause. Raises pytest's exception for it."""
    skipped = pytest.skip.Exception(f"Not checked yet: step {step} comes first, because {because}")
    setattr(skipped, WAITS_FOR, step)
    raise skipped
