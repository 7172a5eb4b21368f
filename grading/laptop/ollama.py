"""Ask Ollama what LiteLLM asks it before each chat: `/api/show`. LiteLLM waits for that answer for up to 6,000 seconds.

LiteLLM takes the address from OLLAMA_API_BASE, or this computer's usual one, even where a program gives `api_base=`.
"""

from __future__ import annotations

from collections.abc import Mapping

import httpx

_USUAL = "http://localhost:11434"
_PATIENCE = 5.0  # seconds: it reads a file


def ollama_problem(environ: Mapping[str, str]) -> str | None:
    """Why Ollama's model in LLM_MODEL can't be called, and what to do; None if it can, or if it is another's."""
    provider, _, name = environ.get("LLM_MODEL", "").strip().partition("/")
    if provider not in ("ollama", "ollama_chat"):
        return None
    base = (environ.get("OLLAMA_API_BASE", "").strip() or _USUAL).rstrip("/")
    try:
        answer = httpx.post(f"{base}/api/show", json={"model": name}, timeout=_PATIENCE, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL):
        return f"No Ollama answers at {base}: start it, or set OLLAMA_API_BASE to the address where it runs."
    if answer.status_code == httpx.codes.NOT_FOUND:
        return f"Ollama at {base} has no model {name}: ollama pull {name}"
    return None
