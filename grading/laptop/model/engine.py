"""The engine: llama.cpp with its own HTTP server, as the prebuilt package xllamacpp ships it, on one thread.

One thread, because two on two busy cores took 24.7 s where one took 0.6 s: llama.cpp's threads wait for each
other in busy loops. Its server listens on a port of its own and wants a key, which only `proxy` knows.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import platform
import secrets
import sys
from pathlib import Path
from typing import Any, Protocol

from grading.laptop.model import ModelUnavailable

MODEL = "smollm2"

# SmolLM2's own template, but for a conversation without a system message, in which that one puts a text of its own:
# with it the model does worse (Paris, 2 + 2). "developer" is OpenAI's newer name for "system".
_CHAT_TEMPLATE = """\
{%- if messages[0]['role'] not in ('system', 'developer') %}{{ '<|im_start|>system\n<|im_end|>\n' }}{% endif %}
{%- for message in messages %}{{ '<|im_start|>' + message['role'].replace('developer', 'system') + '\n' }}
{{- message['content'] + '<|im_end|>\n' }}{% endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"""


class Engine(Protocol):
    """A running server that speaks OpenAI's chat API to clients that send `Authorization: Bearer <key>`."""

    url: str
    key: str


class SmolLM2:
    """SmolLM2-135M-Instruct: fluent, fast, and often wrong. 193 MB of memory, 0.2 to 0.5 s to load.

    It answers one question at a time, in order, and stops when the client hangs up. Unless a request says
    otherwise, it takes the most probable words, so the answer is always the same, and at most 128 tokens.
    """

    def __init__(self, weights: Path) -> None:
        """Load `weights`, a GGUF file, and start the server.

        Raises ModelUnavailable: no wheel, library or instruction set for this computer, or a damaged file.
        """
        library = _import_library()
        self.key = secrets.token_urlsafe(32)
        params = library.CommonParams()
        params.model.path = str(weights)
        params.model_alias = {MODEL}
        params.chat_template = _CHAT_TEMPLATE
        params.n_ctx = 2048  # tokens
        params.n_predict = 128
        params.sampling.temp = 0.0
        params.n_parallel = 1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
        # The same words with and without a graphics card, and nothing to compile first.
        params.n_gpu_layers = 0
        # llama.cpp can stop between two batches of a prompt: 64 tokens take 0.4 s, the default of 512 takes 3 s,
        # and neither is faster.
        params.n_batch = params.n_ubatch = 64
        params.cache_ram_mib = 0  # else it may keep 8 GB of old prompts
        # What a half-cached prompt leaves to compute comes in other batches: with other last digits.
        params.cache_prompt = False
        params.verbosity = -1
        params.api_keys = [self.key]
        params.cors_origins = "http://127.0.0.1"  # the default lets any web page in
        params.endpoint_slots = params.ui = False
        params.n_threads_http = 4  # each serves one client, who waits there for the single slot
        try:
            self._server = library.Server(params)
            # Closing it before its own thread runs would wait for that thread forever: a first token proves it runs.
            first = {"messages": [{"role": "user", "content": ""}], "max_tokens": 1}
            self._server.handle_chat_completions(json.dumps(first), lambda _: True)
        except RuntimeError as error:
            raise ModelUnavailable(
                f"The engine could not load {weights}. If the file is damaged, delete it and run this again."
            ) from error
        self.url: str = self._server.listening_address

    def close(self) -> None:
        """Stop the server and free the memory; clients must have hung up, or it waits 30 s for them."""
        with contextlib.suppress(AttributeError):  # closed before
            del self._server


def _import_library() -> Any:
    """Import xllamacpp. Check for AVX2 first: without it, the import would kill this process."""
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
