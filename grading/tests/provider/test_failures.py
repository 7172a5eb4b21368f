"""The data of real providers' failures: their form, their sources, and the canary in each."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from grading.provider.failures import Failure, _read, failure, providers
from grading.provider.failures.canary import with_canary
from grading.provider.provider import Provider
from grading.tests.provider.litellm_calls import completion
from grading.tests.provider.litellm_calls import provider as played

ALL = [each for known in providers().values() for each in known.failures]
each_failure = pytest.mark.parametrize("real", ALL, ids=lambda real: f"{real.provider}: {real.name}")


@pytest.mark.parametrize("name", providers())
def test_a_provider_is_named_as_litellm_names_it(name: str) -> None:
    known = providers()[name]
    assert known.model.startswith(f"{name}/")
    names = [each.name for each in known.failures]
    assert len(set(names)) == len(names)


@each_failure
def test_a_failure_has_a_source_a_status_and_a_body_that_carries_a_canary(real: Failure) -> None:
    assert real.source.startswith("https://")
    assert real.status == 200 or 400 <= real.status <= 599
    marked = with_canary(real.body, "CANARY")
    told = "CANARY" in marked
    # LM Studio says nothing at all when a prompt is too long.
    assert told or (real.provider, real.status) == ("lm_studio", 200)
    assert json.loads(marked.replace(" CANARY", "")) == json.loads(real.body)
    assert not re.search(r'"(type|code|status|param)": "[^"]*CANARY', marked), "LiteLLM reads these"


def test_no_source_brings_somebodys_account() -> None:
    for real in ALL:
        assert "org-kit" in real.body or "org-" not in real.body
        assert "sk-" not in real.body


def test_the_first_of_a_kind_stands_for_it() -> None:
    assert failure("groq", "too_long").name == "prompt too long"
    assert failure("openai", "throttled") is providers()["openai"].failures[0]
    with pytest.raises(KeyError, match="groq has no failure 'hungry': 'throttled: tokens per day', "):
        failure("groq", "hungry")
    with pytest.raises(KeyError, match="grok has no failure 'quota': one of anthropic, azure, "):
        failure("grok", "quota")


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "new.toml"
    row = '[[failure]]\nname = "n"\nkind = "throttled"\nstatus = 429\nbody = "{}"\nsource = "https://x"\n'
    path.write_text(f'model = "new/m"\n{row}')
    assert _read(path).failures[0].provider == "new"
    path.write_text(f'model = "new/m"\n{row}colour = "red"\n')
    with pytest.raises(ValueError, match=r"new\.toml: .*colour"):
        _read(path)
    path.write_text(f'model = "new/m"\n{row.replace("throttled", "hungry")}')
    with pytest.raises(ValueError, match=r"new\.toml: no such kind of failure: hungry"):
        _read(path)


def test_the_scripted_provider_fails_as_a_real_one() -> None:
    scripted = Provider()
    scripted.fails_as("groq", "throttled", retry=False)
    with played(scripted.handle) as requests, pytest.raises(Exception, match="tokens per day") as caught:
        completion("groq/llama-3.3-70b-versatile")
    assert type(caught.value).__name__ == "RateLimitError"
    assert scripted.secret in str(caught.value)
    assert len(requests) == 1
