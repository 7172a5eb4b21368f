"""Step 9 is not won by looks: nothing that a program shows without its bug tells a broken one from a correct one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from grading.judging.student_tests.programs import STYLES, programs, write_programs
from grading.provider.litellm_environment import MODEL, PROVIDER_KEYS
from grading.provider.provider import Provider
from grading.suite.app_mode import Here
from grading.webapp.network_guard import NetworkGuard

Looks = dict[str, str]
"""What is visible, by the name of the trait."""
PATHS = ("/", "/generate", "/openapi.json", "/docs", "/redoc", "/health", "/healthz", "/ping", "/status", "/alive")
METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
BAD_BODIES = {"no JSON": b"{", "a list": b"[]", "a number": b'{"message": 5}', "null": b'{"message": null}'}
BEST = 3 / 20  # of the broken programs


def looks(folder: Path) -> Looks:
    """Return all that a test sees of a program that it does not really test."""
    provider, guard, found = Provider(), NetworkGuard(), {}
    with Here().running(folder, {**PROVIDER_KEYS, "LLM_MODEL": MODEL}, provider, guard) as app:
        app.begin(provider)
        requests = [(method, path, b"") for path in PATHS for method in METHODS]
        requests += [("POST", "/generate", body) for body in BAD_BODIES.values()]
        for method, path, body in requests:
            answer = app.client.request(method, path, content=body, headers={"content-type": "application/json"})
            name = f"{method} {path} {body.decode()}"
            found[f"{name}: status"] = str(answer.status_code)
            found[f"{name}: headers"] = str(sorted(answer.headers.items()))
            found[f"{name}: body"] = answer.text
            found[f"{name}: size"] = str(len(answer.content))
            found[f"{name}: more"] = str(sorted(answer.extensions))
        schema = app.client.get("/openapi.json").json()
        found["title"] = schema["info"]["title"]
        found["routes"] = str(sorted(schema["paths"]))
        found["class names"] = str(sorted(schema.get("components", {}).get("schemas", [])))
        provider.forget()
        good = app.client.post("/generate", json={"message": "Hello"})
        found["good: status"] = str(good.status_code)
        found["good: headers"] = str(sorted(name for name in good.headers))
        found["good: keys"] = str(sorted(good.json()))
        (asked,) = provider.requests
        found["asked: roles"] = str([message.role for message in asked.messages])
        found["asked: before"] = str(asked.messages[:-1])
        found["asked: rest"] = str((asked.provider, asked.model, asked.stream, asked.timeout))
        found["asked: options"] = str(sorted(json.loads(provider.bodies[0])))
    return found


def parted(of: Mapping[str, Looks], correct: tuple[str, ...]) -> dict[str, set[str]]:
    """Return for each trait the broken programs that it gives away: whose value no correct one has."""
    traits = {trait for each in of.values() for trait in each}
    usual = {trait: {of[name].get(trait) for name in correct} for trait in traits}
    return {
        trait: {name for name, each in of.items() if each.get(trait) not in usual[trait]}
        for trait in traits
        if any(each.get(trait) not in usual[trait] for each in of.values())
    }


@pytest.mark.parametrize("file", [b"", b"def test_a(client):\n    pass\n"])
def test_no_trait_parts_broken_programs_from_correct_ones(file: bytes, tmp_path: Path) -> None:
    known = programs()
    folders = write_programs(known.draw(file), tmp_path)
    of = {name: looks(folder) for name, folder in folders.items()}
    assert len({each["title"] for each in of.values()}) == len(known.styles)
    given_away = parted(of, known.styles)
    assert {trait: names for trait, names in given_away.items() if len(names) > BEST * len(known.broken)} == {}


def test_a_trait_that_correct_programs_lack_would_be_seen() -> None:
    of = {"right": {"title": "A", "size": "1"}, "a": {"title": "B", "size": "1"}, "b": {"title": "C", "x": "1"}}
    assert parted(of, ("right",)) == {"title": {"a", "b"}, "size": {"b"}, "x": {"b"}}


def test_each_broken_program_has_a_correct_twin() -> None:
    known = programs()
    assert {each.style for each in known.broken} == set(known.styles)
    for name, text in known.draw(b"any").items():
        style = next((each.style for each in known.broken if each.name == name), name)
        assert len(set(text.splitlines()) - set(known.draw(b"any")[style].splitlines())) <= 4


def test_names_are_drawn_anew_for_each_file_and_are_the_same_for_the_same_file() -> None:
    draws = [tuple(programs().draw(bytes([number])).values()) for number in range(20)]
    assert len(set(draws)) == 20
    assert draws[7] == tuple(programs().draw(bytes([7])).values())


def test_each_word_that_is_drawn_stands_in_a_style_and_means_nothing_else() -> None:
    sources = {style: (STYLES / style / "main.py").read_text(encoding="utf-8") for style in programs().styles}
    everything = "\n".join(sources.values())
    words = [word for group in programs().words for word in group]
    assert len(set(words)) == len(words)
    for first, *others in programs().words:
        assert first in everything
        for source in sources.values():
            assert first not in source or not [word for word in others if f'"{word}"' in source]
