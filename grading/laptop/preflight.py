"""Preflight: can the chosen model be called at all? One sentence instead of a provider's error.

Without a key OpenAI's models end in a 500, Gemini's in a traceback, Groq's, Mistral's and OpenRouter's in a
request without a key. `litellm.validate_environment` knows most providers; the tables are for those that it
gets wrong, and for the usual ones, which then need no import of LiteLLM (2 s). No key is printed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from importlib.util import find_spec
from pathlib import Path

from dotenv import dotenv_values

from grading import KIT

# Provider -> variables, one of which is enough. The first is the one to recommend.
_ONE_KEY = "deepseek groq minimax mistral openai sambanova xai zai".split()
KEYS: dict[str, tuple[str, ...]] = {
    **{provider: (f"{provider.upper()}_API_KEY",) for provider in _ONE_KEY},
    "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
    "cohere": ("COHERE_API_KEY", "CO_API_KEY"),
    "cohere_chat": ("COHERE_API_KEY", "CO_API_KEY"),
    "databricks": ("DATABRICKS_API_KEY", "DATABRICKS_TOKEN", "DATABRICKS_CLIENT_SECRET"),
    "fireworks_ai": ("FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY", "FIREWORKSAI_API_KEY", "FIREWORKS_AI_TOKEN"),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "openrouter": ("OPENROUTER_API_KEY", "OR_API_KEY"),
    "perplexity": ("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"),
    "together_ai": ("TOGETHERAI_API_KEY", "TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHER_AI_TOKEN"),
}
# They run on one's own computer, or log in by other tools (GitHub Copilot even when it is only asked about).
NO_KEY = {"bedrock", "github_copilot", "hosted_vllm", "litellm_proxy", "llamafile", "lm_studio", "ollama"}
NO_KEY |= {"ollama_chat", "sagemaker", "vertex_ai"}
# Provider -> the module that LiteLLM imports for it and that is not among the kit's packages, and the package with it.
PACKAGES = {"vertex_ai": ("google.auth", "google-auth"), "vertex_ai_beta": ("google.auth", "google-auth")}
RETIRED = {"github": "GitHub Models was retired on 30 July 2026 and answers everybody with 410"}


class EnvFileError(Exception):
    """A .env file can't be read; `str(error)` says which and why."""


def load_env(folder: Path, environ: MutableMapping[str, str] = os.environ) -> list[Path]:
    """Add what `folder`/.env and the kit's own .env set to `environ`.

    What is there already wins, then the folder's file. Returns the files that were read. Raises EnvFileError.
    """
    read = []
    for path in dict.fromkeys([folder.resolve() / ".env", KIT / ".env"]):
        if not path.is_file():
            continue
        try:
            values = dotenv_values(path, encoding="utf-8-sig")  # editors on Windows put a mark in front
        except UnicodeDecodeError as error:
            raise EnvFileError(f"{path} is not a UTF-8 text file: save it as UTF-8.") from error
        except OSError as error:
            raise EnvFileError(f"{path} could not be read: {error.strerror}.") from error
        for name, value in values.items():
            if value is not None:
                environ.setdefault(name, value)
        read.append(path)
    return read


def preflight(environ: Mapping[str, str] = os.environ) -> str | None:
    """Why the model that LLM_MODEL names can't be called, and what to do, in one sentence; None if it can.

    Only settings are looked at: whether a key is valid or a server runs is for the first request to find out.
    """
    model = environ.get("LLM_MODEL", "").strip()
    if not model:
        return "LLM_MODEL is not set: put LLM_MODEL=llamafile/smollm2 into .env (.env.example lists more)."
    provider, slash, name = model.partition("/")
    if not slash or not provider:
        return "LLM_MODEL names no provider: put one before the model and a slash, as in openai/gpt-5-nano."
    if not name:
        return f"LLM_MODEL names no model after {provider}/, as openai/gpt-5-nano does."
    if provider in RETIRED:
        return f"{RETIRED[provider]}: choose another LLM_MODEL (.env.example lists some)."
    if (problem := _missing_package(provider)) is not None:
        return problem
    if provider in NO_KEY:
        return None
    names = KEYS.get(provider)
    if names is None:
        return _ask_litellm(model, provider, environ)
    if any(environ.get(key, "").strip() for key in names):
        return None
    other = f" (or {' or '.join(names[1:])})" if names[1:] else ""
    return _missing(names[0] + other, provider)


def _missing_package(provider: str) -> str | None:
    """Say which package a provider needs: LiteLLM notices at the first request, and calls that a lost connection."""
    module, package = PACKAGES.get(provider, ("", ""))
    try:
        found = not module or find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package around it
        found = False
    told = f"{provider} needs the package {package}: pip install {package}, or choose another LLM_MODEL."
    return None if found else told


def _ask_litellm(model: str, provider: str, environ: Mapping[str, str]) -> str | None:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else the import asks the network for prices
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")  # else it loads a .env of its own choice
    import litellm

    if provider not in {getattr(each, "value", each) for each in litellm.provider_list}:
        return "LLM_MODEL begins with no provider that LiteLLM knows: see docs.litellm.ai/docs/providers."
    wanted = litellm.validate_environment(model)["missing_keys"]
    missing = [key for key in wanted if not environ.get(key, "").strip()]
    return _missing(" and ".join(missing), provider) if missing else None


def _missing(names: str, provider: str) -> str:
    return f"{names} is missing, which models of {provider} need: put it into .env, or choose another LLM_MODEL."
