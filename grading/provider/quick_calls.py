"""Make LiteLLM's simplest calls quickly, for programs of the kit's own: one chat with OpenAI's protocol, not streamed.

LiteLLM takes several milliseconds for a call. What the program and the provider see is the same here:
`grading/tests/provider/test_quick_calls.py` compares both for each thing that a provider can do. A call with any other
argument is LiteLLM's own.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NoReturn, cast
from unittest import mock

import httpx
import litellm
from litellm.litellm_core_utils.exception_mapping_utils import exception_type
from litellm.llms.openai.common_utils import OpenAIError

_URL = "https://api.openai.com/v1/chat/completions"
_PREFIX = "openai/"
_ARGUMENTS = {"model", "messages", "timeout", "max_retries"}
_RETRIED = (408, 409, 429)  # and 500 and more, as by OpenAI's SDK
# Their methods are all that is needed: whoever answers in the provider's place has replaced these in the classes.
_TRANSPORT = cast(httpx.HTTPTransport, None)
_ASYNC_TRANSPORT = cast(httpx.AsyncHTTPTransport, None)


@contextmanager
def quick_calls() -> Iterator[None]:
    """Within it, LiteLLM's two functions for a chat take the short way where they can.

    The methods of httpx's transports must have been replaced, and each request needs the key in OPENAI_API_KEY.
    """
    completion, acompletion = litellm.completion, litellm.acompletion

    def quick(**options: Any) -> Any:
        if (call := _Call.of(options)) is None:
            return completion(**options)
        while True:
            try:
                response = httpx.HTTPTransport.handle_request(_TRANSPORT, call.request())
            except httpx.TransportError as problem:
                call.lost(problem, "")
            else:
                if (answer := call.read(response)) is not None:
                    return answer

    async def quick_async(**options: Any) -> Any:
        if (call := _Call.of(options)) is None:
            return await acompletion(**options)
        while True:
            try:
                response = await httpx.AsyncHTTPTransport.handle_async_request(_ASYNC_TRANSPORT, call.request())
            except httpx.TransportError as problem:
                taken = round(time.monotonic() - call.started, 3)
                call.lost(problem, f" - timeout value={call.timeout}, time taken={taken} seconds")
            else:
                if (answer := call.read(response)) is not None:
                    return answer

    with mock.patch.multiple(litellm, completion=quick, acompletion=quick_async):
        yield


@dataclass
class _Call:
    """One call, which may ask several times."""

    model: str
    body: bytes
    timeout: float
    tries: int
    started: float

    @classmethod
    def of(cls, options: dict[str, Any]) -> _Call | None:
        """Return the call with these arguments; None for one that is not simple."""
        model, timeout, retries = str(options.get("model")), options.get("timeout"), options.get("max_retries", 2)
        simple = model.startswith(_PREFIX) and "messages" in options and options.keys() <= _ARGUMENTS
        if not simple or not isinstance(timeout, int | float) or not isinstance(retries, int):
            return None
        model = model.removeprefix(_PREFIX)
        body = {"model": model, "messages": options["messages"]}
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return cls(model, text.encode("utf-8"), float(timeout), 1 + retries, time.monotonic())

    def request(self) -> httpx.Request:
        """Return a request for the next try."""
        self.tries -= 1
        headers = {"authorization": f"Bearer {os.environ['OPENAI_API_KEY']}", "content-type": "application/json"}
        limits = dict.fromkeys(("connect", "read", "write", "pool"), self.timeout)
        return httpx.Request("POST", _URL, headers=headers, content=self.body, extensions={"timeout": limits})

    def lost(self, problem: httpx.TransportError, after: str) -> None:
        """Return if there is another try for a request without an answer, else raise what LiteLLM does."""
        if self.tries:
            return
        if isinstance(problem, httpx.TimeoutException):
            told = f"APITimeoutError - Request timed out. Error_str: Request timed out.{after}"
            raise litellm.Timeout(told, self.model, "openai") from None
        self._fail(500, "Connection error.")

    def read(self, response: httpx.Response) -> SimpleNamespace | None:
        """Return what programs read of a completion; None if there is another try. Raises what LiteLLM does."""
        if response.status_code >= 400:
            wanted = response.headers.get("x-should-retry")
            again = response.status_code in _RETRIED or response.status_code >= 500
            if self.tries and (wanted == "true" or (again and wanted != "false")):
                return None
            self._fail(response.status_code, response.json()["error"]["message"])
        try:
            choices = response.json()["choices"]
        except (ValueError, KeyError, TypeError):
            told = f"Empty or invalid response from LLM endpoint. Received: {response.text!r}. "
            self._fail(500, told + "Check the reverse proxy or model server configuration.")
        return SimpleNamespace(
            choices=[SimpleNamespace(message=SimpleNamespace(**each["message"])) for each in choices]
        )

    def _fail(self, status: int, message: str) -> NoReturn:
        exception_type(  # type: ignore[no-untyped-call]
            model=self.model,
            original_exception=OpenAIError(status_code=status, message=message),
            custom_llm_provider="openai",
            completion_kwargs={},
            extra_kwargs={},
        )
        raise AssertionError("LiteLLM's function raises always.")
