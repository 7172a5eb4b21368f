"""Every provider's failures, in its own words, played against the solution; and the page that tells of it."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from grading import KIT
from grading.maintain.provider_page import changes, page
from grading.maintain.provider_runs import BREAKS, TEXT, TRANSPORT, Outcome, Run, play
from grading.maintain.providers import PAGE
from grading.provider import litellm_environment
from grading.provider.failures import KINDS, Failure, providers

ALL = [failure for each in providers().values() for failure in each.failures]
each_failure = pytest.mark.parametrize("failure", ALL, ids=lambda failure: f"{failure.provider}: {failure.name}")
each_provider = pytest.mark.parametrize("provider", providers())
# LiteLLM hides what happened, so that no program can know it.
NO_TIME_OUT = {"watsonx"}
HIDDEN_ERROR_EVENTS = {"cohere_chat", "watsonx"}
HIDDEN_ENDS = {"cohere_chat", "gemini", "vertex_ai", "watsonx"}
HALF_A_TEXT = ("openrouter", "200, half a text and an error")


@pytest.fixture(scope="module")
def outcomes() -> dict[tuple[str, str], Outcome]:
    litellm_environment.quiet_litellm()
    played = play(providers().values())
    return {(each.provider, each.failure): each for each in played}


def runs(outcome: Outcome) -> list[Run]:
    return [run for run in (outcome.plain, outcome.stream) if run is not None]


def test_all_29_providers_are_played(outcomes: dict[tuple[str, str], Outcome]) -> None:
    assert len(providers()) == 29
    kinds = {kind for _, kind in {(each.provider, each.kind) for each in outcomes.values()}}
    assert kinds == {*KINDS, "transport", "stream"}
    assert {provider for provider, name in outcomes if name in TRANSPORT} == set(providers())


@each_provider
def test_no_failure_is_a_500_leaks_or_is_asked_for_more_than_three_times(
    provider: str, outcomes: dict[tuple[str, str], Outcome]
) -> None:
    """In the body, in a header and in a stream, the provider says secrets; the program holds a key."""
    found = [each for each in outcomes.values() if each.provider == provider]
    assert len(found) >= len(TRANSPORT)
    for outcome in found:
        for run in runs(outcome):
            assert run.status != 500, outcome
            assert not run.leaks, outcome
            assert 1 <= run.asked <= 3, outcome


LEAKY = """
import litellm
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

app, MODEL = FastAPI(), ""


@app.post("/generate")
async def generate():
    try:
        await litellm.acompletion(model=MODEL, messages=[{"role": "user", "content": "Hello"}])
    except Exception as error:
        return PlainTextResponse(str(error), 500, {"x-request-id": litellm.utils.os.environ["GROQ_API_KEY"]})
"""


def test_a_leak_and_a_500_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(LEAKY)
    played = play([providers()["groq"]], tmp_path / "main.py")
    seen = [each.plain for each in played if each.kind in KINDS]
    assert seen
    assert all(run is not None and run.leaks and run.status == 500 for run in seen)


@each_failure
def test_a_failure_gets_the_contracts_status(failure: Failure, outcomes: dict[tuple[str, str], Outcome]) -> None:
    outcome = outcomes[failure.provider, failure.name]
    assert outcome.plain is not None
    if (failure.provider, failure.name) == HALF_A_TEXT:  # LiteLLM calls its finish reason "stop"
        assert (outcome.plain.status, outcome.plain.words) == (200, '{"response":"Half a"}')
        return
    assert outcome.plain.status in allowed(failure)
    assert list(json.loads(outcome.plain.words)) == ["detail"]
    if outcome.stream is not None:  # it failed before the first byte, so the status says the same
        assert (outcome.stream.status, outcome.stream.words) == (outcome.plain.status, outcome.plain.words)
        assert outcome.stream.where in ("await", "first piece")


def allowed(failure: Failure) -> set[int]:
    """Return what the contract lets a program answer: LiteLLM knows a prompt that is too long by its words only."""
    if failure.kind == "too_long":
        return {413, 502} if failure.status != 413 else {413, 429, 502}
    if failure.status in (413, 504):  # left free
        return {429, 502, 504}
    if failure.kind == "throttled" or failure.status == 429:
        return {429}
    return {502, 429} if failure.kind == "overloaded" else {502}


@each_provider
def test_what_happens_with_every_provider(provider: str, outcomes: dict[tuple[str, str], Outcome]) -> None:
    for name, status in {"no answer in time": 504, "no connection": 502, "a web page instead of JSON": 502}.items():
        for run in runs(outcomes[provider, name]):
            expected = {504, 502} if provider in NO_TIME_OUT and status == 504 else {status}
            assert run.status in expected, name
            assert list(json.loads(run.words)) == ["detail"]


@pytest.mark.parametrize("provider", [name for name, each in providers().items() if each.streams])
def test_a_stream_that_breaks_off_has_no_done_if_litellm_tells(
    provider: str, outcomes: dict[tuple[str, str], Outcome]
) -> None:
    for how, name in BREAKS.items():
        run = outcomes[provider, name].stream
        assert run is not None
        deltas = [json.loads(data)["delta"] for data in re.findall(r"data: (\{.*\})", run.words)]
        assert deltas, name
        assert TEXT.startswith("".join(deltas))
        assert "".join(deltas) != TEXT
        hidden = provider in {"ends": HIDDEN_ENDS, "error": HIDDEN_ERROR_EVENTS}.get(how, ())
        assert run.done is hidden, name
        assert bool(run.raised) is not hidden, name


def test_the_page_is_that_of_a_run(outcomes: dict[tuple[str, str], Outcome]) -> None:
    project = tomllib.loads((KIT / "pyproject.toml").read_text(encoding="utf-8"))
    pinned = [each.partition("==")[2] for each in project["project"]["dependencies"] if each.startswith("litellm")]
    if version("litellm") not in pinned:
        pytest.skip(
            "Another LiteLLM than the kit's: `python -m grading.maintain.providers --changes` says what it changes."
        )
    text = page(list(outcomes.values()))
    assert PAGE.read_text(encoding="utf-8") == text, "write it anew: python -m grading.maintain.providers"


def test_what_another_litellm_changes_is_told_in_lines() -> None:
    old = "# Title\n\nLiteLLM 1.0, 28 providers\n\n| a | 502 |\n| b | 429 |\n"
    assert changes(old, old.replace("1.0", "2.0")) == []
    assert changes(old, old.replace("429", "502"))[2:] == ["-| b | 429 |", "+| b | 502 |"]
