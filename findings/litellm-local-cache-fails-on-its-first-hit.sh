#!/usr/bin/env bash
# LiteLLM: the in-memory cache works until it is needed: the first hit raises ModuleNotFoundError
#
# One would guess that `litellm.cache = Cache(type="local")` needs nothing but LiteLLM, since it is a dictionary in
# the process, and that a missing package shows at the first use.
# What happens: with `pip install litellm` alone, the first completion() answers and fills the cache. The same call
# again raises a bare ModuleNotFoundError, because a hit imports modules of LiteLLM's proxy server: "fastapi" first,
# with that installed "orjson", and so on. The class is no openai.OpenAIError, so error handlers miss it.
# Why it matters: anyone who caches answers in a course or a test suite to save money: all looks well until a prompt
# comes twice.
# Seen with litellm 1.110.2, respx 0.23.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset PYTHONPATH
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check litellm==1.110.2 respx==0.23.1
export LITELLM_LOCAL_MODEL_COST_MAP=True LITELLM_LOG=CRITICAL
venv/bin/python - <<'PY'
import signal
from importlib.metadata import version

import litellm
import openai
import respx
from litellm.caching.caching import Cache

signal.alarm(120)
litellm.suppress_debug_info = True
print("litellm", version("litellm"), "respx", version("respx"))


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


litellm.cache = Cache(type="local")
message = {"role": "assistant", "content": "Hello"}
body = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
body["choices"] = [{"index": 0, "message": message, "finish_reason": "stop"}]

with respx.mock as mock:
    route = mock.post("https://api.openai.com/v1/chat/completions").respond(json=body)

    def ask(prompt):
        try:
            answer = litellm.completion(
                model="openai/m", api_key="not-a-key", messages=[{"role": "user", "content": prompt}]
            )
        except Exception as error:
            return type(error).__name__, str(error), isinstance(error, openai.OpenAIError)
        return answer.choices[0].message.content

    expect("first time", ask("Hi"), "Hello")
    expect("another prompt", ask("Bye"), "Hello")
    expect("the first prompt again", ask("Hi"), ("ModuleNotFoundError", "No module named 'fastapi'", False))
    expect("requests that the provider saw", route.call_count, 2)
print("as described")
PY
