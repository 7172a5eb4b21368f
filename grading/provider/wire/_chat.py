"""A chat request as a provider would understand it, whatever protocol it came in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]

_ROLES = {"model": "assistant", "developer": "system"}
_TEXT_PARTS = ("text", "input_text", "output_text")


class NotAChatRequest(Exception):
    """A request that no provider would answer with a text; the message is a sentence that says why."""


@dataclass(frozen=True)
class Message:
    """One message of a conversation: `role` is "system", "user", "assistant" or what the program wrote."""

    role: str
    content: str


@dataclass(frozen=True)
class ChatRequest:
    """What a provider would understand of a request.

    `provider` names the protocol ("openai", "anthropic", "gemini", "ollama", "cohere"); `model` is as it
    stands in the body or the URL; `timeout` is in seconds, how long the client waits for the answer, or None.
    `has_roles` is False for OpenAI's old text completions, which take one prompt and know no roles.
    """

    provider: str
    model: str
    messages: tuple[Message, ...]
    stream: bool
    timeout: float | None
    has_roles: bool = True

    @property
    def prompt(self) -> str:
        """The content of the last message."""
        return self.messages[-1].content


def message(role: object, content: object) -> Message:
    """Read a role and a content from JSON. Roles get the same name in all protocols."""
    name = role if isinstance(role, str) else _not_text(role)
    return Message(_ROLES.get(name, name), text_of(content))


def messages(entries: object, key: str = "content") -> list[Message]:
    """Read a JSON list of `{"role": …, key: …}`. Raises ValueError for anything but a list."""
    if isinstance(entries, list):
        return [message(e.get("role"), e.get(key)) if isinstance(e, dict) else message(None, e) for e in entries]
    raise ValueError(f"its messages are {entries!r:.80}, not a list")


def system(content: object) -> list[Message]:
    """Read a system prompt that stands outside the list of messages, if there is one."""
    return [Message("system", text_of(content))] if content else []


def text_of(content: object) -> str:
    """Join the text of a content, a string or a list of parts. The rest is kept as `<not text: …>`."""
    if isinstance(content, list) and content:
        return "".join(_text_of_part(part) for part in content)
    return content if isinstance(content, str) else _not_text(content)


def _text_of_part(part: object) -> str:
    if isinstance(part, dict) and part.get("type", "text") in _TEXT_PARTS and isinstance(part.get("text"), str):
        return str(part["text"])
    return _not_text(part)


def _not_text(value: object) -> str:
    return f"<not text: {value!r:.200}>"
