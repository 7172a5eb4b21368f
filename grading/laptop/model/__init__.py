"""The model on the laptop: SmolLM2 behind an OpenAI-compatible server that only this computer can reach.

    weights   the model's file: downloaded once, checked by hash, kept in the user's cache
    engine    llama.cpp, which loads it and serves OpenAI's chat API, to whoever has a key
    proxy     in front of it: keeps web pages out, names wrong fields, lets the weather interfere
    weather   slow, throttled, failing, …: a student watches the program cope
    server    puts them together: `start_server(engine)`, or `python -m grading.laptop.model`

Errors, all with a sentence for people:

    UnavailableError
     ├─ ModelUnavailable   no weights, or no engine, for this computer
     └─ PortUnavailable    the server can't listen on that port
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
    """Something that the server needs is missing; `str(error)` says what, why, and what to do."""


class ModelUnavailable(UnavailableError):
    """The weights or the engine are missing. No stand-in answers: it would pass for a real model."""

    def __init__(self, reason: str) -> None:
        """Append to `reason`, a sentence, the choices that everybody has."""
        super().__init__(f"{reason}\n{CHOICES}")
        self.reason = reason


class PortUnavailable(UnavailableError):
    """The port is taken, forbidden, or no port number."""
