"""A quiet, offline, quick LiteLLM: what to set before it is imported, and what to undo between tests.

Importing this module needs the standard library only. Call `prepare_environment()` before the first
`import litellm`: LiteLLM reads most of these variables once, while it is being imported.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import fnmatch
import functools
import logging
import os
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from grading.results.failure import canary

CANARY = "sk-kit-canary"
"""Begins every fake key, so that a key that leaks into an answer or a log is recognised."""

SETTINGS: dict[str, str] = {
    # Without it, the import fetches a price list (up to 5 s), and a thread retries that during the tests.
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    # Without it, asynchronous calls go through aiohttp, where respx sees nothing.
    "DISABLE_AIOHTTP_TRANSPORT": "True",
    # Any other mode loads a .env file from a folder above the installed package.
    "LITELLM_MODE": "PRODUCTION",
    # Warnings on stderr are for people who run LiteLLM, not for those who read a test's output.
    "LITELLM_LOG": "ERROR",
    # token_counter() asks Hugging Face about some models, and retries for 20 s when offline.
    "HF_HUB_OFFLINE": "1",
    # The Rust transport would be invisible to respx.
    "LITELLM_RUST": "0",
    # These providers have no address of their own.
    "AZURE_API_BASE": "https://kit.openai.azure.com",
    "AZURE_API_VERSION": "2024-10-21",
    "HOSTED_VLLM_API_BASE": "https://vllm.kit.example/v1",
    "LITELLM_PROXY_API_BASE": "https://proxy.kit.example",
    "AWS_REGION_NAME": "us-east-1",
}

_KEYS = """
    AI21_API_KEY ANTHROPIC_API_KEY AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AZURE_AI_API_KEY AZURE_API_KEY
    CEREBRAS_API_KEY CODESTRAL_API_KEY COHERE_API_KEY CO_API_KEY DASHSCOPE_API_KEY DATABRICKS_API_KEY
    DEEPINFRA_API_KEY DEEPSEEK_API_KEY FIREWORKS_AI_API_KEY GEMINI_API_KEY GITHUB_API_KEY GOOGLE_API_KEY
    GROQ_API_KEY HF_TOKEN HOSTED_VLLM_API_KEY HUGGINGFACE_API_KEY LITELLM_PROXY_API_KEY LLAMAFILE_API_KEY
    MISTRAL_API_KEY MOONSHOT_API_KEY NEBIUS_API_KEY NOVITA_API_KEY NVIDIA_NIM_API_KEY OPENAI_API_KEY
    OPENROUTER_API_KEY PERPLEXITYAI_API_KEY PERPLEXITY_API_KEY REPLICATE_API_KEY SAMBANOVA_API_KEY
    TOGETHERAI_API_KEY TOGETHER_AI_API_KEY WATSONX_API_KEY XAI_API_KEY ZAI_API_KEY
"""
MODEL = "openai/gpt-4-1106-preview"
"""The model in LLM_MODEL if a test names none: one slash, as in all examples; LiteLLM knows its price and takes any
parameter for it; and nobody would write just this name into a program."""

OTHER_MODEL = f"anthropic/{canary('model')}"
"""A model of another provider, whose name nobody can know beforehand."""

LOCAL_MODEL = f"ollama_chat/{canary('model')}"
"""A model on a computer of one's own, which needs no key."""
LOCAL_HOST = "ollama.kit.example:11434"
WHERE_IT_IS = {"OLLAMA_API_BASE": f"http://{LOCAL_HOST}"}

OWN_BUG = "KIT_OWN_BUG"
"""The variable by which a start of the app is asked for bugs: see `own_bug`. The program does not see it."""

PROVIDER_KEYS: dict[str, str] = {name: f"{CANARY}-{name.lower().replace('_', '-')}" for name in _KEYS.split()}
"""Variable -> fake key. Every value is different and begins with `CANARY`."""

_REMOVED = """
    *_API_KEY *_API_KEYS *_API_BASE *_API_VERSION *_API_TYPE *_BASE_URL *_PROXY ANTHROPIC_* AWS_* AZURE_*
    DEFAULT_MAX_RETRIES GEMINI_* GOOGLE_APPLICATION_CREDENTIALS HF_TOKEN HUGGING* LITELLM_* LLAMAFILE_*
    OLLAMA_* OPENAI_* REQUEST_TIMEOUT SSL_VERIFY USE_LITELLM_PROXY VERTEX*
"""
REMOVED: tuple[str, ...] = tuple(_REMOVED.split())
"""Patterns, in capitals, of the variables that change where a request goes, how, or who pays for it."""

# What a program may set on the module `litellm` and the next test must not inherit.
_MODULE_STATE = """
    _async_failure_callback _async_input_callback _async_success_callback aclient_session api_base api_key
    cache callbacks client_session content_policy_fallbacks context_window_fallbacks custom_provider_map
    default_fallbacks disable_aiohttp_transport drop_params failure_callback fallbacks headers
    input_callback model_alias_map modify_params network_mock num_retries openai_key organization
    post_call_rules pre_call_rules request_timeout service_callback set_verbose success_callback
    suppress_debug_info
"""
_pristine: dict[str, tuple[Any, Any]] = {}


def prepare_environment(environ: MutableMapping[str, str] = os.environ) -> None:
    """Take real keys, addresses and proxies out of `environ`; put `SETTINGS` and `PROVIDER_KEYS` in."""
    for name in list(environ):
        if any(fnmatch.fnmatchcase(name.upper(), pattern) for pattern in REMOVED):
            del environ[name]
    environ.update(SETTINGS)
    environ.update(PROVIDER_KEYS)


def quiet_litellm() -> None:
    """Silence what LiteLLM prints on errors, and remember its settings for `forget_clients`.

    Call it after `import litellm` and before any program under test is loaded; further calls change nothing.
    """
    import litellm

    if _pristine:
        return
    litellm.suppress_debug_info = True  # "Give Feedback / Get Help" on stdout; no variable turns it off
    # LiteLLM sets it when it first counts tokens, perhaps during a test, whose end undoes it. Without it, files are
    # fetched that lie in the package.
    tokenizers = Path(litellm.__file__).parent / "litellm_core_utils" / "tokenizers"
    os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(tokenizers))
    _log_for_listeners_only()
    for name in _MODULE_STATE.split():
        value = getattr(litellm, name)
        _pristine[name] = (value, copy.copy(value) if isinstance(value, (list, dict)) else value)


def _log_for_listeners_only() -> None:
    """Let LiteLLM prepare what it tells its callbacks only if there is one.

    After each call it describes the call for them, with traceback and redacted secrets, even if nobody listens: half
    the time of a call that fails, and a fifth of all CPU that the suite takes.
    """
    import litellm
    from litellm import utils
    from litellm._logging import verbose_logger
    from litellm.litellm_core_utils.litellm_logging import Logging

    asked = getattr(Logging, "should_run_logging", None)
    if asked is None:  # another version of LiteLLM: then it takes its time
        return

    names = [name for name in _MODULE_STATE.split() if "callback" in name]

    def is_heard(call: object) -> bool:
        fields = getattr(call, "__dict__", {}).items()
        own = [value for name, value in fields if name.startswith("dynamic_") and "callback" in name]
        return any((*own, *(getattr(litellm, name) for name in names))) or verbose_logger.isEnabledFor(logging.DEBUG)

    @functools.wraps(asked)
    def should_run_logging(self: Any, *arguments: Any, **options: Any) -> bool:
        return is_heard(self) and bool(asked(self, *arguments, **options))

    def format_exc() -> str:
        return traceback.format_exc() if is_heard(sys._getframe(1).f_locals.get("logging_obj")) else ""

    Logging.should_run_logging = should_run_logging  # type: ignore[method-assign]
    utils.traceback = SimpleNamespace(**{**vars(traceback), "format_exc": format_exc})  # type: ignore[assignment]


def forget_clients() -> None:
    """Close the door between two tests: drop LiteLLM's cached clients and restore its module settings.

    Cached clients keep the transport, key and time-out they were made with. Settings go back to what they
    were when `quiet_litellm` was called. Raises RuntimeError if it was not.
    """
    import litellm

    if not _pristine:
        raise RuntimeError("Call quiet_litellm() right after `import litellm`, then forget_clients() between tests.")
    litellm.in_memory_llm_clients_cache.flush_cache()  # type: ignore[no-untyped-call]
    for name, (value, copied) in _pristine.items():
        # LiteLLM's own modules hold on to these lists and dicts, so they are refilled, not replaced.
        if isinstance(value, list):
            value[:] = copied
        elif isinstance(value, dict):
            value.clear()
            value.update(copied)
        setattr(litellm, name, value)


@contextlib.contextmanager
def no_retry_delay() -> Iterator[None]:
    """Within it, the OpenAI SDK and `litellm.Router` repeat a request at once (by default they sleep 0.5 s and more).

    The SDK needs it where no response can say `retry-after-ms`: lost connections and time-outs. The Router's core,
    which is compiled, computes its pauses from constants of its own, and has them slept by Python. Raises RuntimeError
    if one of them no longer has what is replaced here.
    """
    from unittest import mock

    from litellm import router_python_host
    from openai import _base_client

    at_once: dict[Any, dict[str, Any]] = {
        _base_client: {"INITIAL_RETRY_DELAY": 0.0, "MAX_RETRY_DELAY": 0.0},
        router_python_host.PythonHost: {"sleep": lambda _, seconds: asyncio.sleep(0), "sleep_sync": lambda *_: None},
    }
    for place, values in at_once.items():
        if missing := [name for name in values if not hasattr(place, name)]:
            raise RuntimeError(
                f"{place.__name__} has no {' and no '.join(missing)} any more. "
                "See where the sleep before a retry is computed, and change no_retry_delay()."
            )
    with contextlib.ExitStack() as stack:
        for place, values in at_once.items():
            stack.enter_context(mock.patch.multiple(place, **values))
        yield
