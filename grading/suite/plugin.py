"""The kit's pytest plugin: `web_base`, with a scripted provider that plays the language model."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from grading.harness.recorder import step_number
from grading.harness.waiting import wait_for
from grading.provider import litellm_environment
from grading.provider.provider import Provider
from grading.results.failure import ContractBroken
from grading.suite import shared_app
from grading.suite.contract import Expect
from grading.suite.documented_names import CONTRACT, REFUSED, Names, ask_for_names, rewriting
from grading.suite.exchanges import Exchange, good_request, is_stream
from grading.suite.failing import WAYS, Failed, failed_request
from grading.webapp.waiting import TooSlow

pytest_plugins = ("grading.suite.web_base",)
shared_app.OWN_STARTS["provider_keys"] = shared_app.OwnStart(
    litellm_environment.PROVIDER_KEYS, spare=litellm_environment.PROVIDER_KEYS
)
shared_app.OWN_STARTS["llm_model"] = shared_app.OwnStart(
    litellm_environment.MODEL,
    "LLM_MODEL={}",
    "the app starts, as it does with other models: pass the whole name to LiteLLM unchanged",
    {**litellm_environment.PROVIDER_KEYS, "LLM_MODEL": litellm_environment.MODEL},
)

NAMES = pytest.StashKey[Names]()
"""Those by which the program is asked, once it has refused the contract's."""


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
    where = litellm_environment.WHERE_IT_IS if llm_model == litellm_environment.LOCAL_MODEL else {}
    return {**provider_keys, **where, "LLM_MODEL": llm_model}


@pytest.fixture
def provider() -> Provider:
    """The scripted provider."""
    return Provider()


@pytest.fixture
def outgoing(provider: Provider) -> Provider:
    """What answers the app's own requests to others."""
    return provider


@pytest.fixture
def exchange(this_test: pytest.Item, client: Any, provider: Provider, expect: Expect) -> Callable[[str], Exchange]:
    """A function that returns the good request of a name (see `exchanges`); each app is asked for it once.

    A program that refuses it is asked by the names that it documents; if that is of no use, the test is skipped. So it
    is also by `expect`, where the model is never called.
    """
    stash = this_test.config.stash

    def ask(name: str) -> Exchange:
        found = good_request(client, provider, name)
        if found.answer.status_code in REFUSED and NAMES not in stash:
            names = stash[NAMES] = ask_for_names(client) or CONTRACT
            if names != CONTRACT:
                stash[shared_app.REWRITE] = client.rewrite = rewriting(names)
                found = good_request(client, provider, name)
        return found

    def checked(name: str) -> Exchange:
        found = ask(name)
        if is_stream(name) or (found.requests and found.answer.status_code not in REFUSED):
            return found
        plain = ask("plain")
        if plain.answer.status_code in REFUSED:
            wait_for(2, "POST /generate refuses a good request")
        expect.model_is_never_asked = not plain.requests and step_number(this_test) != 3
        return ask(name)

    return functools.partial(good_request, client, provider) if shared_app.is_by_contract(this_test) else checked


@pytest.fixture
def failed(client: Any, provider: Provider, exchange: Callable[[str], Exchange]) -> Callable[[str], Failed]:
    """A function that returns the request that the provider fails in a way (see `failing`); each app is asked once."""

    def ask(way: str) -> Failed:
        found = failed_request(client, provider, way)
        if not found.requests:
            exchange("plain")  # a program that refuses even this one, or asks nobody, shows nothing here
            found = failed_request(client, provider, way)
        return found

    return ask


@pytest.fixture
def tries(failed: Callable[[str], Failed]) -> Callable[[], list[Failed]]:
    """A function that returns all failed requests: a program may try again in each; lost answers are step 6's.

    A program that never answers to one of them has been ended by then: ask for this last.
    """

    def ask() -> list[Failed]:
        found = []
        for way in WAYS:
            try:
                found.append(failed(way))
            except TooSlow:
                break
            except ContractBroken:
                continue
        return found

    return ask


@pytest.fixture
def names(this_test: pytest.Item, exchange: Callable[[str], Exchange]) -> Callable[[bool], Names]:
    """A function that returns the path and the field by which the program is asked.

    Its argument: whether the contract's were of no use, so that a good request must find out.
    """

    def find(again: bool) -> Names:
        if again:
            exchange("plain")
        return this_test.config.stash.get(NAMES, CONTRACT)

    return find
