"""The kit's pytest plugin: `web_base`, with a scripted provider that plays the language model."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from grading.provider import litellm_environment
from grading.provider.provider import Provider
from grading.suite import shared_app
from grading.suite.exchanges import Exchange, good_request

pytest_plugins = ("grading.suite.web_base",)
shared_app.OWN_STARTS["provider_keys"] = shared_app.OwnStart(None)
shared_app.OWN_STARTS["llm_model"] = shared_app.OwnStart(
    litellm_environment.MODEL,
    "LLM_MODEL={}",
    "the app starts, as it does with other models: hand the whole name to LiteLLM as it is",
)


@pytest.fixture
def llm_model() -> str:
    """The value of LLM_MODEL; a test may parametrize it."""
    return litellm_environment.MODEL


@pytest.fixture
def provider_keys() -> Mapping[str, str]:
    """The providers' keys in the program's environment; a test may take them away."""
    return litellm_environment.PROVIDER_KEYS


@pytest.fixture
def variables(llm_model: str, provider_keys: Mapping[str, str]) -> Mapping[str, str]:
    """The environment variables that the app gets."""
    return {**provider_keys, "LLM_MODEL": llm_model}


@pytest.fixture
def provider() -> Provider:
    """The scripted provider."""
    return Provider()


@pytest.fixture
def outgoing(provider: Provider) -> Provider:
    """What answers the app's own requests to others."""
    return provider


@pytest.fixture
def exchange(client: Any, provider: Provider) -> Callable[[str], Exchange]:
    """A function that returns the good request of a name (see `exchanges`); each app is asked for it once."""
    return functools.partial(good_request, client, provider)
