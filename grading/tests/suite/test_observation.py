"""What a failed test observed is the same for two programs with the same mistake, and differs for two mistakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from grading.provider import litellm_environment
from grading.results.failure import EXPLANATION, ContractBroken, canary
from grading.suite.contract import Expect
from grading.suite.observation import of_content
from grading.tests.suite.test_contract import answer
from grading.webapp.exception_text import explain

EXPECT = Expect("")


def seen(demand: Callable[..., None], *arguments: object) -> str:
    """The observation of the contract that is broken."""
    with pytest.raises(ContractBroken) as caught:
        demand(*arguments)
    return caught.value.failure.observation


def came_back(status: int, body: str) -> str:
    """The observation of an answer with another status than the contract's."""
    return seen(EXPECT.status, answer(status, body), 299)


def a_canary() -> str:
    return f'"{canary("answer")}"'


def crashed(error: Exception) -> str:
    """The observation of a request that ended with this exception."""
    crash = answer(500, "Internal Server Error")
    crash.extensions[EXPLANATION] = explain(error, Path())
    return seen(EXPECT.status, crash, 200)


def waits(seconds: float | None) -> str:
    return seen(EXPECT.times_out, answer(), seconds, "")


def test_wording_and_names_make_no_difference() -> None:
    assert came_back(200, f'{{"answer":{a_canary()}}}') == came_back(200, f'{{"text": {a_canary()}}}')
    assert came_back(200, f'{{"response":{a_canary()}}}') == came_back(200, f'{{"response": {a_canary()}}}')
    assert came_back(502, '{"detail":"The model is away."}') == came_back(502, '{"detail":"Please try again later."}')
    assert came_back(422, '{"detail":[{"loc":["body","text"]}]}') == came_back(
        422, '{"detail":[{"loc":["body","prompt"]}]}'
    )
    assert waits(300) == waits(45_000)
    assert crashed(NameError("name 'a' is not defined")) == crashed(NameError("name 'b' is not defined"))
    assert crashed(KeyError("OPENAI_API_KEY")) == crashed(KeyError("GROQ_API_KEY"))


def test_what_tells_misconceptions_apart_is_kept() -> None:
    bodies = ["null", '"None"', '""', '"Hi"', a_canary(), f'{a_canary()},"model":"gpt"', "{}", '"<coroutine object f>"']
    assert len({came_back(200, f'{{"response":{body}}}') for body in bodies}) == len(bodies)
    bodies = ["", "null", "[]", "Hello", '"Hello"', '"{\\"response\\": \\"Hello\\"}"', '{"detail":"litellm.Timeout"}']
    bodies += ['{"detail":"Sorry."}', '{"error":"Sorry."}', '{"response":"a","detail":"b"}']
    assert len({came_back(200, body) for body in bodies}) == len(bodies)
    assert came_back(502, '{"detail":"Sorry."}') != came_back(500, '{"detail":"Sorry."}')
    locations = ('["query","message"]', '["body","message"]', '["body","text"]')
    assert len({came_back(422, f'{{"detail":[{{"loc":{loc}}}]}}') for loc in locations}) == 3
    assert len({waits(seconds) for seconds in (600, 300, None)}) == 3


def test_the_class_of_an_exception_is_kept() -> None:
    litellm_environment.prepare_environment()
    import litellm

    errors = [NameError("name 'x'"), litellm.Timeout("late", "gpt", "openai"), KeyError("a"), KeyError("X_API_KEY")]
    errors += [ModuleNotFoundError("No module", name="lite_llm"), ModuleNotFoundError("No module", name="lightllm")]
    errors += [AttributeError("module 'litellm' has no attribute 'x'"), AttributeError("no attribute 'x'")]
    assert len({crashed(error) for error in errors}) == len(errors)
    asked = answer(500, "")
    asked.extensions[EXPLANATION] = explain(ValueError("x"), Path())
    assert seen(EXPECT.asked, asked, []).endswith(" ValueError")


def test_what_the_model_got_is_told_by_kind() -> None:
    message = f"Größe <b>{canary('message')}"
    kinds = [f"Say: {message}", message.replace("ö", "o"), message.replace("<", "&lt;"), "Hi {message}", "Hi"]
    assert len({of_content(content, message) for content in kinds}) == len(kinds)
    assert of_content(f"Tell me: {message}", message) == of_content(f"{message}, please", message)


def test_an_observation_holds_nothing_random_and_is_short() -> None:
    first, second = (ContractBroken("", f"{canary('answer')} {'x' * 50_000}", "", "").failure for _ in range(2))
    assert first == second
    assert len(first.observation) <= 200
    assert ContractBroken("", "one line\nanother", "", "").failure.observation == "one line"
