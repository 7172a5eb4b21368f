"""What the tests of checks share."""

from __future__ import annotations

import pytest

from grading.checking import check as check_module


@pytest.fixture
def no_cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """No new process judges: what comes, comes from the helper."""
    monkeypatch.setattr(check_module, "run_suite", lambda *args, **options: pytest.fail("a new process was needed"))
