#!/usr/bin/env bash
# LiteLLM: `except litellm.APIError` misses rate limits, time-outs and wrong keys; `except openai.APIError` catches them
#
# One would guess that litellm.APIError is to LiteLLM's exceptions what openai.APIError is to the OpenAI package's,
# the class above all others, since each class bears the name of its counterpart there and derives from it.
# What happens: each LiteLLM class derives from the openai class of its name. litellm.APIError is a sibling of the
# others, used for what is mapped to none of them; litellm.OpenAIError is above none of them; and litellm.Timeout is
# an openai.APIConnectionError but no litellm.APIConnectionError.
# Why it matters: everyone who writes an endpoint's error handling: the handler that reads best never runs, and the
# user gets a 500.
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

import httpx
import litellm
import openai
import respx

signal.alarm(120)
litellm.suppress_debug_info = True
print("litellm", version("litellm"), "openai", version("openai"), "respx", version("respx"))


def caught_by(outcome, *classes):
    with respx.mock as mock:
        mock.post("https://api.openai.com/v1/chat/completions").mock(side_effect=outcome)
        try:
            litellm.completion(
                model="openai/m", api_key="not-a-key", max_retries=0, messages=[{"role": "user", "content": "Hello"}]
            )
        except Exception as error:
            return type(error).__name__, tuple(isinstance(error, one) for one in classes)


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


BODY = {"error": {"message": "no", "type": "t", "code": None}}
print("caught by openai.APIError, litellm.APIError, litellm.OpenAIError:")
played = {400: "BadRequestError", 401: "AuthenticationError", 404: "NotFoundError", 429: "RateLimitError"}
played |= {500: "InternalServerError", 502: "BadGatewayError", 503: "ServiceUnavailableError"}
three = (openai.APIError, litellm.APIError, litellm.OpenAIError)
for status, name in played.items():
    expect(f"  {status}", caught_by([httpx.Response(status, json=BODY)], *three), (name, (True, False, False)))
expect("  read time-out", caught_by(httpx.ReadTimeout, *three), ("Timeout", (True, False, False)))
expect("  402", caught_by([httpx.Response(402, json=BODY)], *three), ("APIError", (True, True, False)))
print("caught by openai.APIConnectionError, litellm.APIConnectionError:")
two = (openai.APIConnectionError, litellm.APIConnectionError)
expect("  read time-out", caught_by(httpx.ReadTimeout, *two), ("Timeout", (True, False)))
print("as described")
PY
