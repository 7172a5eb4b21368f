"""The engine: llama.cpp, as the prebuilt package xllamacpp brings it, on one thread.

One thread, because two on two busy cores took 24.7 s where one took 0.6 s: llama.cpp's threads wait for each
other in busy loops. The server knows the protocol `Engine` only, so that tests can give it another one.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import platform
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from grading.laptop.model import ModelUnavailable

MODEL = "smollm2"

Emit = Callable[[str], bool]
"""Takes the next piece of text; says whether to go on. An empty piece is only that question."""


@dataclass(frozen=True)
class Question:
    """What to answer, and how. By default: the most probable words, so always the same, and not too many."""

    messages: Sequence[Mapping[str, str]]
    max_tokens: int = 128
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None
    stop: Sequence[str] = ()


@dataclass(frozen=True)
class Ending:
    """How an answer ended: finish_reason is "stop" or "length"; the counts are tokens."""

    finish_reason: str
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(eq=False)
class PromptTooLongError(Exception):
    """The prompt does not fit into the context window; both are counted in tokens."""

    prompt_tokens: int
    context: int


class Engine(Protocol):
    """Answers one question at a time."""

    def answer(self, question: Question, emit: Emit) -> Ending:
        """Pass the answer to `emit` in pieces; stop soon after it says False. Raises PromptTooLongError."""


class SmolLM2:
    """SmolLM2-135M-Instruct: fluent, fast, and often wrong. 193 MB of memory, 0.2 to 0.5 s to load."""

    def __init__(self, weights: Path) -> None:
        """Load `weights`, a GGUF file.

        Raises ModelUnavailable: no wheel, library or instruction set for this computer, or a damaged file.
        """
        library = _library()
        params = library.CommonParams()
        params.model.path = str(weights)
        params.n_ctx = 2048  # tokens
        params.n_parallel = 1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
        # The same words with and without a graphics card, and nothing to compile first.
        params.n_gpu_layers = 0
        # Between two batches of the prompt llama.cpp can be told to stop: 64 tokens take 0.4 s, the default
        # of 512 takes 3 s, and neither is faster.
        params.n_batch = params.n_ubatch = 64
        params.cache_ram_mib = 0  # else it may keep 8 GB of old prompts
        params.verbosity = -1
        # It opens a port of its own, with no key and for any web page (CORS), if it is not told otherwise.
        params.api_keys = [secrets.token_urlsafe(32)]
        params.cors_origins = "http://127.0.0.1"
        params.endpoint_slots = params.ui = False
        params.n_threads_http = 1
        try:
            self._server = library.Server(params)
            # It answers once its own thread runs. One that is closed before that waits for the thread for ever.
            self.answer(Question([{"role": "user", "content": ""}], max_tokens=1), lambda piece: False)
        except RuntimeError as error:
            raise ModelUnavailable(
                f"The engine could not load {weights}. If the file is damaged, delete it and run this again."
            ) from error

    def answer(self, question: Question, emit: Emit) -> Ending:
        """See `Engine`."""
        messages = [dict(message) for message in question.messages]
        if messages[0]["role"] != "system":
            # Otherwise the chat template adds a text of its own, with which it does worse (Paris, 2 + 2).
            messages.insert(0, {"role": "system", "content": ""})
        request = {
            "messages": messages,
            "max_tokens": question.max_tokens,
            "temperature": question.temperature,
            "top_p": question.top_p,
            "stop": list(question.stop),
            "stream": True,
            "stream_options": {"include_usage": True},
            "return_progress": True,
            # What a half-cached prompt leaves to compute comes in other batches: with other last digits.
            "cache_prompt": False,
        }
        if question.seed is not None:
            request["seed"] = question.seed % 2**32
        reply = _Reply(emit)
        # Plain ASCII: a lone surrogate is refused by its JSON parser, never sent as broken UTF-8.
        self._server.handle_chat_completions(json.dumps(request), reply.take)
        if reply.error is None:
            return reply.ending
        if reply.error.get("type") == "exceed_context_size_error":
            raise PromptTooLongError(reply.error["n_prompt_tokens"], reply.error["n_ctx"])
        raise RuntimeError(f"llama.cpp: {reply.error.get('message')}")

    def close(self) -> None:
        """Free the memory and close llama.cpp's port. The engine cannot be used after it."""
        del self._server


class _Reply:
    """Takes llama.cpp's chunks. It swallows what a callback raises, so errors are kept for later."""

    def __init__(self, emit: Emit) -> None:
        self.emit = emit
        self.ending = Ending("stop")
        self.error: dict[str, Any] | None = None
        self.finish_reason = "stop"

    def take(self, text: str) -> bool:
        """One chunk, JSON; returns True to stop."""
        chunk = json.loads(text)
        if "error" in chunk:
            self.error = chunk["error"]
            return True
        piece = ""
        for choice in chunk["choices"]:
            piece += choice["delta"].get("content") or ""
            self.finish_reason = choice["finish_reason"] or self.finish_reason
        if usage := chunk.get("usage"):
            self.ending = Ending(self.finish_reason, usage["prompt_tokens"], usage["completion_tokens"])
        return not self.emit(piece)


def _library() -> Any:
    """The module xllamacpp. Without AVX2 its import would end this process, so that is looked at first."""
    if platform.machine().lower() in ("x86_64", "amd64") and not _has_avx2():
        raise ModelUnavailable("The engine needs a processor with AVX2 (2013 and later); this one has none.")
    try:
        return importlib.import_module("xllamacpp")
    except ModuleNotFoundError as error:
        raise ModelUnavailable(
            "The engine is not installed: python -m pip install xllamacpp (there are wheels for Linux and "
            "Windows on 64-bit PCs, Linux on ARM, and Macs with Apple's chips)."
        ) from error
    except ImportError as error:
        if "libgomp" in str(error):
            raise ModelUnavailable(
                "The engine needs a system library: sudo apt install libgomp1 (Fedora: dnf install libgomp)."
            ) from error
        raise ModelUnavailable(f"The engine xllamacpp could not be loaded: {error}.") from error


def _has_avx2() -> bool:
    if sys.platform == "win32":
        return bool(ctypes.windll.kernel32.IsProcessorFeaturePresent(40))  # PF_AVX2_INSTRUCTIONS_AVAILABLE, winnt.h
    try:
        return " avx2 " in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return True  # no /proc: nothing says that it is missing
