"""The pytest plugin for web apps that need no environment and ask nobody."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from grading.webapp.outgoing import Nobody, Outgoing

pytest_plugins = ("grading.suite.web_base",)


@pytest.fixture
def variables() -> Mapping[str, str]:
    """The environment variables that the app gets."""
    return {}


@pytest.fixture
def outgoing() -> Outgoing:
    """What answers the app's own requests to others."""
    return Nobody()
