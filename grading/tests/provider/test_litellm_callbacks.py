"""What LiteLLM tells its callbacks of a call: all of it as long as there is one, and else nothing is prepared."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import traceback
from typing import Any
from unittest import mock

import litellm
import openai
import pytest
from litellm.integrations.custom_logger import CustomLogger
from litellm.litellm_core_utils import litellm_logging

from grading.tests.provider.litellm_calls import CALLS, MESSAGES, acompletion, fails, provider, says

MODEL = "openai/gpt-4o-mini"
OUTCOMES = {"success": says("Hello"), "failure": fails(401)}


class Listener(CustomLogger):
    """Notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    async def async_log_success_event(self, *_: Any, **__: Any) -> None:
        self.heard.append("success")

    async def async_log_failure_event(self, *_: Any, **__: Any) -> None:
        self.heard.append("failure")


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_callback_hears_of_each_call(outcome: str) -> None:
    listener = Listener()

    async def call() -> None:
        with contextlib.suppress(openai.APIError):
            await litellm.acompletion(model=MODEL, messages=MESSAGES)
        for _ in range(100):  # a success is told by a task of LiteLLM's own
            if listener.heard:
                break
            await asyncio.sleep(0.05)

    with provider(OUTCOMES[outcome]):
        litellm.callbacks.append(listener)
        asyncio.run(call())
    assert listener.heard == [outcome]


def test_a_function_hears_of_a_failure() -> None:
    heard: list[str] = []
    with provider(fails(500)):
        litellm.failure_callback.append(lambda details, *_: heard.append(details["model"]))
        with pytest.raises(openai.APIError):
            litellm.completion(model=MODEL, messages=MESSAGES)
    assert heard == ["gpt-4o-mini"]


@pytest.mark.parametrize("style", ["completion", "acompletion"])
@pytest.mark.parametrize("of_call", [False, True], ids=["of the module", "of the call"])
def test_a_listener_gets_the_traceback(style: str, of_call: bool) -> None:
    heard: list[str] = []
    tell = [lambda details, *_: heard.append(details["traceback_exception"])]
    with provider(fails(500)), contextlib.suppress(openai.APIError):
        if not of_call:
            litellm.failure_callback.extend(tell)
        CALLS[style](MODEL, **({"failure_callback": tell} if of_call else {}))
    assert heard
    assert all("Traceback" in each for each in heard)


@pytest.mark.parametrize("style", ["completion", "acompletion"])
def test_no_traceback_is_made_for_nobody(style: str) -> None:
    with provider(fails(401)), mock.patch.object(traceback, "format_exc") as made, pytest.raises(openai.APIError):
        CALLS[style](MODEL)
    assert not made.called


@pytest.mark.parametrize(("style", "outcome"), [*((style, "failure") for style in CALLS), ("acompletion", "success")])
def test_nothing_is_prepared_for_nobody(style: str, outcome: str) -> None:
    prepare = mock.patch.object(litellm_logging, "get_standard_logging_object_payload", return_value=None)
    with provider(OUTCOMES[outcome]), prepare as prepared, contextlib.suppress(openai.APIError):
        CALLS[style](MODEL)
    assert not prepared.called


def test_who_reads_the_debug_log_finds_all(caplog: pytest.LogCaptureFixture) -> None:
    prepare = mock.patch.object(litellm_logging, "get_standard_logging_object_payload", return_value=None)
    debug = caplog.at_level(logging.DEBUG, "LiteLLM")
    with provider(fails(500)), prepare as prepared, debug, pytest.raises(openai.APIError):
        acompletion(MODEL)
    assert prepared.called
