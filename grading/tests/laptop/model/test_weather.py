"""The weather: how long it lasts, what it takes, and that it says what a program must not pass on.

What a program makes of each weather, LiteLLM shows in test_model_server.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, get_args

import pytest
from fastapi.responses import Response, StreamingResponse
from pydantic import ValidationError

from grading.laptop.model.weather import ABOUT, SECRET_HOST, SECRET_KEY, Forecast, Name, Weather, storm
from grading.provider.failures import failure


def body_of(response: Response) -> str:
    async def read() -> str:
        assert isinstance(response, StreamingResponse)
        return "".join([str(chunk) async for chunk in response.body_iterator])

    return asyncio.run(read()) if isinstance(response, StreamingResponse) else bytes(response.body).decode()


def test_it_begins_sunny_and_stays_as_it_was_set() -> None:
    weather = Weather()
    assert [weather.next().weather for _ in range(3)] == ["sunny"] * 3
    weather.set(Forecast(weather="down"))
    assert [weather.next().weather for _ in range(3)] == ["down"] * 3


def test_after_so_many_times_it_is_sunny_again() -> None:
    weather = Weather(Forecast(weather="failing", status=503, times=2))
    assert weather.report()["times"] == 2
    assert (weather.next().status, weather.report()["times"]) == (503, 1)
    assert [weather.next().weather for _ in range(3)] == ["failing", "sunny", "sunny"]
    assert weather.report()["times"] is None


def test_the_report_lists_every_weather() -> None:
    report = Weather(Forecast(weather="slow", seconds=5)).report()
    assert (report["weather"], report["seconds"]) == ("slow", 5)
    assert tuple(report["all"]) == tuple(ABOUT) == get_args(Name)
    json.dumps(report)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"weather": "foggy"},
        *({"weather": "slow", "seconds": seconds} for seconds in (-1, 601, float("nan"))),
        {"weather": "failing", "status": 418},
        {"weather": "empty", "part": "all"},
        {"weather": "down", "times": 0},
        {"weather": "down", "time": 3},
        {"weather": "throttled", "like": "grok"},
        {"weather": "filtered", "like": "groq"},
    ],
)
def test_a_forecast_that_makes_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Forecast(**wrong)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("weather", ["throttled", "quota", "failing", "overloaded", "filtered", "too_long", "garbled"])
def test_what_it_says_must_not_be_passed_on(weather: Name, stream: bool) -> None:
    response = storm(Forecast(weather=weather), stream)
    assert response is not None
    body = body_of(response)
    assert SECRET_KEY in body
    assert SECRET_HOST in body


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("part", "content"), [("choices", []), ("null", [None]), ("text", [""])])
def test_every_part_of_an_answer_can_be_empty(part: Any, content: list[str | None], stream: bool) -> None:
    response = storm(Forecast(weather="empty", part=part), stream)
    assert response is not None
    data = body_of(response).removeprefix("data: ").removesuffix("\n\ndata: [DONE]\n\n")
    key = "delta" if stream else "message"
    assert (response.status_code, [each[key]["content"] for each in json.loads(data)["choices"]]) == (200, content)


@pytest.mark.parametrize("like", ["groq", "mistral", "xai", "openrouter", "ollama_chat"])
def test_it_speaks_in_a_real_providers_words(like: str) -> None:
    response = storm(Forecast(weather="too_long", like=like), stream=False)
    assert response is not None
    real = failure(like, "too_long")
    assert response.status_code == real.status
    assert json.loads(real.body).keys() == json.loads(body_of(response)).keys()
    assert SECRET_KEY in body_of(response)
