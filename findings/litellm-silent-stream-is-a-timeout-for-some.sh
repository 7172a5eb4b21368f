#!/usr/bin/env bash
# LiteLLM: a stream that falls silent raises Timeout with openai/ and azure/, MidStreamFallbackError with others
#
# One would guess that a read time-out is litellm.Timeout with every provider, whether it comes before or after the
# first piece of a stream.
# What happens: before the first piece it is. After it, openai/ and azure/ still raise Timeout, while groq/,
# mistral/, openrouter/, hosted_vllm/ and deepseek/ raise MidStreamFallbackError: a ServiceUnavailableError (503 by
# its name) whose status_code is 408. The Timeout is in its original_exception.
# Why it matters: an endpoint that tells "too slow" from "out of order" by class: tested with one provider, it tells
# the user the opposite with the next.
# Seen with litellm 1.110.2, respx 0.23.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset PYTHONPATH
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check litellm==1.110.2 respx==0.23.1
export LITELLM_LOCAL_MODEL_COST_MAP=True LITELLM_LOG=CRITICAL AZURE_API_VERSION=2024-10-21
venv/bin/python - <<'PY'
import json
import signal
from importlib.metadata import version

import httpx
import litellm
import respx

signal.alarm(120)
litellm.suppress_debug_info = True
print("litellm", version("litellm"), "respx", version("respx"))


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


class Silent(httpx.SyncByteStream):
    def __init__(self, pieces):
        self.pieces = pieces

    def __iter__(self):
        choice = {"index": 0, "delta": {"content": "Half"}, "finish_reason": None}
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        yield from [f"data: {json.dumps(chunk)}\n\n".encode()] * self.pieces
        raise httpx.ReadTimeout("nothing came in time")


def raised(provider, outcome):
    call = {"model": f"{provider}/m", "api_base": "http://provider.test/v1", "api_key": "not-a-key", "max_retries": 0}
    with respx.mock as mock:
        mock.route().mock(side_effect=outcome)
        try:
            for _ in litellm.completion(**call, messages=[{"role": "user", "content": "Hi"}], stream=True, timeout=1):
                pass
        except Exception as error:
            return type(error).__name__, isinstance(error, litellm.Timeout), error.status_code


SSE = {"content-type": "text/event-stream"}
late = ("MidStreamFallbackError", False, 408)
wanted = {"openai": ("Timeout", True, 408), "azure": ("Timeout", True, 408)}
print("class, is it litellm.Timeout, status_code")
for provider in ("openai", "azure", "groq", "mistral", "openrouter", "hosted_vllm", "deepseek"):
    expect(f"{provider}, no answer at all", raised(provider, httpx.ReadTimeout), ("Timeout", True, 408))
    reply = [httpx.Response(200, headers=SSE, stream=Silent(1))]
    expect(f"{provider}, silent after one piece", raised(provider, reply), wanted.get(provider, late))
mid = litellm.exceptions.MidStreamFallbackError
expect("MidStreamFallbackError is a", mid.__bases__[0].__name__, "ServiceUnavailableError")
print("as described")
PY
