"""The weather: what each one answers, how long it lasts, and that it says what a program must not pass on."""

from __future__ import annotations

import asyncio
import json
from typing import Any, get_args

import pytest
from fastapi.responses import Response, StreamingResponse
from pydantic import ValidationError

from grading.model.weather import ABOUT, SECRET_HOST, SECRET_KEY, Forecast, Name, Weather, storm


def body_of(response: Response) -> str:
    async def read() -> str:
        assert isinstance(response, StreamingResponse)
        return "".join([str(chunk) async for chunk in response.body_iterator])

    return asyncio.run(read()) if isinstance(response, StreamingResponse) else bytes(response.body).decode()


def weather_of(stream: bool = False, **forecast: Any) -> tuple[int, str]:
    response = storm(Forecast(**forecast), stream)
    assert response is not None
    return response.status_code, body_of(response)


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
        {"weather": "slow", "seconds": -1},
        {"weather": "slow", "seconds": 601},
        {"weather": "slow", "seconds": float("nan")},
        {"weather": "failing", "status": 418},
        {"weather": "empty", "part": "all"},
        {"weather": "down", "times": 0},
        {"weather": "down", "time": 3},
    ],
)
def test_a_forecast_that_makes_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Forecast(**wrong)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 503, 529])
def test_failing_in_every_way_of_the_contract(status: int) -> None:
    found, body = weather_of(weather="failing", status=status)
    assert found == status
    assert set(json.loads(body)["error"]) == {"message", "type", "param", "code"}
    assert "context" not in body  # LiteLLM would read that as a prompt that is too long


def test_throttled_and_too_long() -> None:
    assert weather_of(weather="throttled")[0] == 429
    status, body = weather_of(weather="too_long")
    assert status == 400
    assert "maximum context length is 2048 tokens" in json.loads(body)["error"]["message"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("forecast", [{"weather": "throttled"}, {"weather": "failing"}, {"weather": "too_long"}])
def test_what_it_says_must_not_be_passed_on(forecast: dict[str, Any], stream: bool) -> None:
    _, body = weather_of(stream, **forecast)
    assert SECRET_KEY in body
    assert SECRET_HOST in body


@pytest.mark.parametrize(("part", "choices"), [("choices", []), ("null", [None]), ("text", [""])])
def test_empty(part: str, choices: list[str | None]) -> None:
    status, body = weather_of(weather="empty", part=part)
    assert status == 200
    assert [choice["message"]["content"] for choice in json.loads(body)["choices"]] == choices
    status, stream = weather_of(True, weather="empty", part=part)
    first, end = stream.removesuffix("\n\n").split("\n\n")
    assert (status, end) == (200, "data: [DONE]")
    found = json.loads(first.removeprefix("data: "))["choices"]
    assert [choice["delta"]["content"] for choice in found] == choices


def test_garbled_is_no_json() -> None:
    status, body = weather_of(weather="garbled")
    assert status == 200
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(body)
    _, stream = weather_of(True, weather="garbled")
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(stream.removeprefix("data: "))


@pytest.mark.parametrize("weather", ["sunny", "slow"])
def test_the_model_answers(weather: Name) -> None:
    assert storm(Forecast(weather=weather), stream=False) is None
