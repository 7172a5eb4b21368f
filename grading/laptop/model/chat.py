"""What goes over the wire, in the shapes of OpenAI's chat API: requests, answers, their pieces, errors."""

from __future__ import annotations

import secrets
import time
from typing import Any, Literal

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from grading.laptop.model.engine import MODEL, Ending, Question


class Part(BaseModel):
    """A part of a message. This model reads text only."""

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Part]

    def plain(self) -> dict[str, str]:
        """The message as the engine takes it."""
        text = self.content if isinstance(self.content, str) else "".join(part.text for part in self.content)
        # JSON can hold half a character (a lone surrogate); the engine's parser can't.
        text = text.encode("utf-8", "replace").decode()
        return {"role": "system" if self.role == "developer" else self.role, "content": text}


class StreamOptions(BaseModel):
    """What else a stream should tell."""

    include_usage: bool = False


class ChatRequest(BaseModel):
    """POST /v1/chat/completions. Options that this model lacks are ignored, as many servers do."""

    model: str
    messages: list[Message] = Field(min_length=1, max_length=256)
    max_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    max_completion_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    seed: int | None = None
    stop: str | list[str] | None = Field(default=None, max_length=200)
    n: Literal[1] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None

    def question(self) -> Question:
        """The request as the engine takes it; what was left out gets the engine's defaults."""
        names = {"max_tokens", "temperature", "top_p", "seed", "stop"}
        chosen = self.model_dump(include=names, exclude_none=True)
        if self.max_completion_tokens:
            chosen["max_tokens"] = self.max_completion_tokens
        if isinstance(self.stop, str):
            chosen["stop"] = [self.stop]
        return Question([message.plain() for message in self.messages], **chosen)


class Envelope:
    """The fields that all parts of one answer share."""

    def __init__(self) -> None:
        """A new answer: a new id, made now."""
        self._id = f"chatcmpl-{secrets.token_hex(12)}"
        self._created = int(time.time())

    def whole(self, choices: list[dict[str, Any]], ending: Ending) -> dict[str, Any]:
        """The body of an answer that is not streamed."""
        return self._body("chat.completion", choices) | {"usage": usage(ending)}

    def chunk(self, delta: dict[str, Any] | None, finish_reason: str | None = None, **more: Any) -> dict[str, Any]:
        """One event of a stream; without `delta` it has no choices (the last one, with the usage)."""
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
        return self._body("chat.completion.chunk", choices) | more

    def _body(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {"id": self._id, "object": kind, "created": self._created, "model": MODEL, "choices": choices}


def choice(content: str | None, finish_reason: str) -> dict[str, Any]:
    """The one choice of an answer that is not streamed."""
    message = {"role": "assistant", "content": content}
    return {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}


def usage(ending: Ending) -> dict[str, int]:
    """How many tokens went in and came out."""
    total = ending.prompt_tokens + ending.completion_tokens
    return {"prompt_tokens": ending.prompt_tokens, "completion_tokens": ending.completion_tokens, "total_tokens": total}


def failure(status: int, message: str, kind: str, code: str | None = None) -> JSONResponse:
    """An error answer."""
    error = {"message": message, "type": kind, "param": None, "code": code}
    return JSONResponse({"error": error}, status_code=status)


def too_long(prompt_tokens: int, context: int, *, note: str = "") -> JSONResponse:
    """The answer to a prompt that does not fit. LiteLLM knows it by "maximum context length is" only."""
    message = f"This model's maximum context length is {context} tokens. Your messages have {prompt_tokens}."
    return failure(400, message + note, "invalid_request_error", "context_length_exceeded")
