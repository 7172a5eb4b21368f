"""Ask the laptop model's server for its weather, or change it, from another process."""

from __future__ import annotations

from typing import Any

import httpx
from pydantic import ValidationError

from grading.laptop.model.weather import ABOUT, Forecast

_PATIENCE = 5.0  # seconds: the server answers at once


class WeatherError(Exception):
    """The weather can't be read or changed; `str(error)` says why and what to do."""


def read_weather(port: int) -> Forecast:
    """Return the weather of the server on `port` of this computer. Raises WeatherError if none answers."""
    return _ask("GET", port)


def change_weather(port: int, wanted: dict[str, Any]) -> Forecast:
    """Change the weather of the server on `port`; `wanted` has the fields of a Forecast. Raises WeatherError."""
    try:
        forecast = Forecast.model_validate(wanted)
    except ValidationError as error:
        first = error.errors()[0]
        if first["loc"] == ("weather",):
            told = f"There is no weather {wanted.get('weather')!r}. Choose from: {', '.join(ABOUT)}."
        else:
            told = f"{'.'.join(map(str, first['loc']))}: {first['msg']}."
        raise WeatherError(told) from None
    return _ask("PUT", port, forecast.model_dump())


def in_words(forecast: Forecast) -> str:
    """Return the weather in words: "failing, with status 503, for the next 3 requests"."""
    details = {
        "slow": f", by {forecast.seconds:g} seconds",
        "failing": f", with status {forecast.status}",
        "empty": f", without {forecast.part}",
    }
    like = f", in the words of {forecast.like}" if forecast.like else ""
    times = "" if forecast.times is None else f", for the next {forecast.times} requests"
    return f"{forecast.weather}{details.get(forecast.weather, '')}{like}{times}"


def _ask(method: str, port: int, body: dict[str, Any] | None = None) -> Forecast:
    try:
        answer = httpx.request(
            method, f"http://127.0.0.1:{port}/weather", json=body, timeout=_PATIENCE, trust_env=False
        )
        fields = answer.raise_for_status().json()
        return Forecast.model_validate({name: fields[name] for name in Forecast.model_fields})
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        told = f"No model with weather answers on port {port}. Start it with `grade serve` or `grade ui`."
        raise WeatherError(told) from None
