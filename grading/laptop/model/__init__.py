"""The model on the laptop: SmolLM2 behind an OpenAI-compatible server that only this computer can reach.

    weights   the file with the model's numbers: fetched once, checked, kept in the user's cache
    engine    runs it
    chat      what goes over the wire: requests, answers, errors, in OpenAI's shapes
    turns     one question at a time; stops when nobody listens any more
    weather   makes the server slow, throttled, failing, …, so that a student can watch the own program cope
    server    puts them together: `start_server(engine)`, or `python -m grading.laptop.model`

Errors, all with a sentence for people:

    UnavailableError
     ├─ ModelUnavailable   weights or engine can't be had on this computer
     └─ PortUnavailable    the server can't listen where it was asked to
"""

from __future__ import annotations

CHOICES = (
    "What you can do:\n"
    "  - run this again with a network connection (92.9 MB are fetched once);\n"
    "  - set KIT_CACHE to a folder that you may write to and that has 200 MB left;\n"
    "  - use a provider: put LLM_MODEL and the provider's key into .env (see .env.example);\n"
    "  - use Ollama: install it, and put LLM_MODEL=ollama_chat/llama3.2 into .env."
)


class UnavailableError(Exception):
    """Something that the server needs can't be had; `str(error)` says what, why, and what to do."""


class ModelUnavailable(UnavailableError):
    """The weights or the engine can't be had. No stand-in answers: it would be taken for a real model."""

    def __init__(self, reason: str) -> None:
        """`reason`: a sentence. The choices that everybody has are added to it."""
        super().__init__(f"{reason}\n{CHOICES}")
        self.reason = reason


class PortUnavailable(UnavailableError):
    """The port is taken, not allowed, or no port number."""
