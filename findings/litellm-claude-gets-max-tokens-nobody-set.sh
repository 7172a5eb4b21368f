#!/usr/bin/env bash
# LiteLLM: a call to Claude without max_tokens asks for 64,000 tokens, under a name LiteLLM does not know for 128,000
#
# One would guess that a parameter which the caller leaves out stays out, or, since Anthropic's API requires
# max_tokens, that LiteLLM fills in a modest number such as the 4,096 of its earlier releases.
# What happens: it sends the largest number that its model table has for the model, and 128,000 for a name that is
# not in the table (a new model, a retired one, a misspelt one). bedrock/ and openrouter/ send no number at all.
# Why it matters: a class that shares one key: the bound on one answer's price is 64,000 output tokens, and a model
# whose limit is lower may refuse a number that the caller never wrote. Set max_tokens in each call.
# Seen with litellm 1.110.2, respx 0.23.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset PYTHONPATH DEFAULT_ANTHROPIC_CHAT_MAX_TOKENS
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check litellm==1.110.2 respx==0.23.1
export LITELLM_LOCAL_MODEL_COST_MAP=True LITELLM_LOG=CRITICAL
export AWS_ACCESS_KEY_ID=not-a-key AWS_SECRET_ACCESS_KEY=not-a-key AWS_REGION_NAME=us-east-1
venv/bin/python - <<'PY'
import json
import signal
from importlib.metadata import version

import litellm
import respx

signal.alarm(120)
litellm.suppress_debug_info = True
print("litellm", version("litellm"), "respx", version("respx"))


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


def sent(model, **more):
    with respx.mock as mock:
        route = mock.route().respond(400, json={"error": {"message": "not played here"}, "message": "not played here"})
        try:
            litellm.completion(
                model=model, messages=[{"role": "user", "content": "Hi"}], **({"api_key": "not-a-key"} | more)
            )
        except litellm.BadRequestError:
            body = json.loads(route.calls.last.request.content)
            return body.get("max_tokens") or body.get("inferenceConfig", {}).get("maxTokens")


for model in ("claude-sonnet-4-5", "claude-haiku-4-5"):
    expect(f"anthropic/{model}", sent(f"anthropic/{model}"), 64_000)
expect("anthropic/claude-no-such-model", sent("anthropic/claude-no-such-model"), 128_000)
expect("anthropic/claude-sonnet-4-5, max_tokens=300", sent("anthropic/claude-sonnet-4-5", max_tokens=300), 300)
expect("openrouter/anthropic/claude-sonnet-4.5", sent("openrouter/anthropic/claude-sonnet-4.5"), None)
bedrock = "bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0"
expect(bedrock, sent(bedrock, api_key=None), None)
print("as described")
PY
