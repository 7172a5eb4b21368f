"""Send the good requests that the provider fails: each way once to an app, however many tests look at what it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from grading.provider.litellm_environment import CANARY
from grading.results.failure import canary
from grading.suite.exchanges import good_request

if TYPE_CHECKING:
    from grading.provider.provider import Provider
    from grading.provider.wire import ChatRequest
    from grading.webapp.client import AppClient

_OTHERS = ("403", "404", "422", "502", "503", "529")
_FILTERED = "Your request was rejected as a result of the safety system."  # LiteLLM goes by these words
# Words that mean another failure elsewhere; LiteLLM itself does not go by them.
_MISLEADING = "Invalid value for 'max_tokens': it is over the maximum, whatever the limit, context or timeout."
_NO_TOKEN = "The token has timed out, or its quota is at the limit."
_USED_UP = "You exceeded your current quota, please check your plan and billing details."
WAYS: dict[str, Callable[[Provider], None]] = {
    "times out": lambda provider: provider.times_out(),
    "cannot be reached": lambda provider: provider.refuses_connections(),
    "finds the prompt too long": lambda provider: provider.finds_the_prompt_too_long(),
    # The two after which a client may ask again.
    "429": lambda provider: provider.fails(429, retry=True),
    "500": lambda provider: provider.fails(500, retry=True),
    "has no quota left": lambda provider: provider.fails(429, _USED_UP, "insufficient_quota"),
    "400": lambda provider: provider.fails(400, _MISLEADING),
    "401": lambda provider: provider.fails(401, f"Incorrect API key provided: {CANARY}-openai-api-key. {_NO_TOKEN}"),
    **{status: lambda provider, status=int(status): provider.fails(status) for status in _OTHERS},  # type: ignore[misc]
    "filters": lambda provider: provider.fails(400, _FILTERED, "content_policy_violation"),
    "not JSON": lambda provider: provider.sends("<html>Bad gateway</html>"),
    "no choices": lambda provider: provider.sends_no_choices(),
    "null": lambda provider: provider.answers(None),
    "empty": lambda provider: provider.answers(""),
}
"""In which the provider may fail."""
_AFTER_AN_ANSWER = "503"
"""To a message that was answered before: an old answer does not help either. (A cache is step 3's affair.)"""


@dataclass(frozen=True)
class Failed:
    """A request to the app during which the provider failed."""

    message: str
    secret: str
    """Stands in all that the provider said meanwhile."""
    answer: httpx.Response
    requests: list[ChatRequest]
    """Those that reached the model."""
    bodies: list[str]
    blocked: bool
    """Whether the app's event loop stood still meanwhile."""


def failed_request(client: AppClient, provider: Provider, way: str) -> Failed:
    """Return what came of a request that the provider fails in this way; an app is asked for each way once."""

    def ask() -> Failed:
        message = canary("message")
        if way == _AFTER_AN_ANSWER:
            plain = good_request(client, provider, "plain")
            if plain.requests and good_request(client, provider, "again").requests:
                message = plain.message
        provider.forget()
        WAYS[way](provider)
        answer = client.post("/generate", json={"message": message})
        heard = list(provider.requests), list(provider.bodies)
        return Failed(message, provider.secret, answer, *heard, provider.blocked)

    return client.once(f"failure: {way}", ask)
