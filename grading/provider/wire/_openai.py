"""OpenAI's three protocols. Most other providers speak the first one, too."""

from __future__ import annotations

import re
from collections.abc import Iterator

from grading.provider.wire._chat import JsonObject, Message, messages, system, text_of
from grading.provider.wire._dialect import Dialect, error_type

_USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}


class _OpenAI(Dialect):
    provider = "openai"

    def model(self, path: re.Match[str], body: JsonObject) -> object:
        return body.get("model") or path.groupdict().get("deployment")  # Azure: in the URL

    def error(self, status: int, message: str, code: str | None) -> JsonObject:
        return {"error": {"message": message, "type": error_type(status), "param": None, "code": code}}


class ChatCompletions(_OpenAI):
    """`POST …/chat/completions`: OpenAI, Azure, Groq, Mistral, OpenRouter, DeepSeek, vLLM, llamafile, …"""

    path = re.compile(r"(?:/deployments/(?P<deployment>[^/]+))?/chat/completions$")
    kind = "chat.completion"
    stream_end = "data: [DONE]\n\n"

    def answer(self, model: str, text: str | None) -> JsonObject:
        return self._body(model, message={"role": "assistant", "content": text}, finish_reason="stop")

    def cut_off(self, answer: JsonObject) -> JsonObject:
        return {**answer, "choices": [{**each, "finish_reason": "length"} for each in answer["choices"]]}

    def no_choices(self, model: str) -> JsonObject:
        return {**self._body(model), "choices": []}

    def events(self, model: str, pieces: list[str], body: JsonObject) -> Iterator[JsonObject]:
        deltas: list[JsonObject] = [{"role": "assistant", "content": ""}, *({"content": p} for p in pieces), {}]
        for delta in deltas:
            chunk = self._body(model, delta=delta, finish_reason=None if delta else "stop")
            yield {**chunk, "object": "chat.completion.chunk", "usage": None}
        options = body.get("stream_options")
        # Unasked, this event would break every program that reads choices[0] of each.
        if isinstance(options, dict) and options.get("include_usage") is True:
            yield {**self.no_choices(model), "object": "chat.completion.chunk"}

    def _body(self, model: str, **choice: object) -> JsonObject:
        # LiteLLM's reader of Groq's answers insists on service_tier.
        named = {"id": "kit", "object": self.kind, "created": 1, "model": model, "service_tier": "default"}
        return {**named, "choices": [{"index": 0, "logprobs": None, **choice}], "usage": _USAGE}


class OpenRouterChat(ChatCompletions):
    """`POST openrouter.ai/api/v1/chat/completions`: an error in a stream is a field beside the last choice."""

    path = re.compile(r"^/api/v1/chat/completions$")

    def error(self, status: int, message: str, code: str | None) -> JsonObject:
        return {"error": {"message": message, "code": status}}

    def stream_error(self, message: str) -> JsonObject:
        chunk = self._body("kit", delta={"content": ""}, finish_reason="error")
        return {**chunk, "object": "chat.completion.chunk", "error": {"code": "server_error", "message": message}}


class Completions(ChatCompletions):
    """`POST …/completions`, the old protocol without roles."""

    path = re.compile(r"(?:/deployments/(?P<deployment>[^/]+))?/completions$")
    kind = "text_completion"
    has_roles = False

    def messages(self, body: JsonObject) -> list[Message]:
        prompt = body.get("prompt")
        return [Message("user", text_of(prompt[0] if isinstance(prompt, list) and len(prompt) == 1 else prompt))]

    def answer(self, model: str, text: str | None) -> JsonObject:
        return self._body(model, text=text, finish_reason="stop")

    def events(self, model: str, pieces: list[str], body: JsonObject) -> Iterator[JsonObject]:
        for piece in [*pieces, ""]:
            yield {**self._body(model, text=piece, finish_reason=None if piece else "stop"), "usage": None}


class Responses(_OpenAI):
    """`POST …/responses`, OpenAI's newest protocol."""

    path = re.compile(r"/responses$")

    def messages(self, body: JsonObject) -> list[Message]:
        asked = body.get("input")
        said = [Message("user", asked)] if isinstance(asked, str) else messages(asked)
        return system(body.get("instructions")) + said

    def answer(self, model: str, text: str | None) -> JsonObject:
        return _response(model, [_output(text)])

    def cut_off(self, answer: JsonObject) -> JsonObject:
        return {**answer, "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}

    def no_choices(self, model: str) -> JsonObject:
        return _response(model, [])

    def events(self, model: str, pieces: list[str], body: JsonObject) -> Iterator[JsonObject]:
        text, at = "".join(pieces), {"item_id": "msg_kit", "output_index": 0, "content_index": 0}
        events: list[JsonObject] = [
            {"type": "response.created", "response": {**_response(model, []), "status": "in_progress"}},
            {"type": "response.output_item.added", "output_index": 0, "item": _output(None)},
            *({"type": "response.output_text.delta", **at, "delta": piece, "logprobs": []} for piece in pieces),
            {"type": "response.output_text.done", **at, "text": text, "logprobs": []},
            {"type": "response.output_item.done", "output_index": 0, "item": _output(text)},
            {"type": "response.completed", "response": self.answer(model, text)},
        ]
        for number, event in enumerate(events):
            yield {**event, "sequence_number": number}


def _output(text: str | None) -> JsonObject:
    content = [] if text is None else [{"type": "output_text", "text": text, "annotations": []}]
    return {"type": "message", "id": "msg_kit", "status": "completed", "role": "assistant", "content": content}


def _response(model: str, output: list[JsonObject]) -> JsonObject:
    named = {"id": "resp_kit", "object": "response", "created_at": 1, "status": "completed", "model": model}
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    settings = {"parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "error": None}
    return {**named, **settings, "output": output, "usage": usage}
