#!/usr/bin/env bash
# LiteLLM: behind a Router with one deployment, a wrong key is a 401 once and then a 429 that nobody sent
#
# One would guess that a wrong key fails the same way each time, with AuthenticationError and status 401, and that a
# Router with a single deployment has no reason to cool it down: there is no other.
# What happens: the first call raises AuthenticationError. For the next 5 seconds the Router asks nobody and raises
# RouterRateLimitError with status_code 429. That class is a ValueError and no openai.APIError. A 404 (a misspelt
# model) does the same; a real 429 or a 500 does not.
# Why it matters: endpoints: `except openai.APIError` lets it through as a 500, and a handler that goes by
# status_code tells the user to wait for what waiting cannot mend. And tests: where they share the Router, one makes
# the next fail.
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
import logging
import signal
from importlib.metadata import version

import litellm
import openai
import respx

signal.alarm(120)
logging.disable(logging.CRITICAL)
print("litellm", version("litellm"), "respx", version("respx"))


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


def three_calls(status):
    one = {"model_name": "m", "litellm_params": {"model": "openai/gpt-4o-mini", "api_key": "not-a-key"}}
    router = litellm.Router(model_list=[one], num_retries=0)
    raised = []
    with respx.mock as mock:
        route = mock.post("https://api.openai.com/v1/chat/completions")
        route.respond(status, headers={"x-should-retry": "false"}, json={"error": {"message": "no"}})
        for _ in range(3):
            try:
                router.completion(model="m", messages=[{"role": "user", "content": "Hello"}])
            except Exception as error:
                raised.append((type(error).__name__, error.status_code, isinstance(error, openai.APIError)))
        return raised, route.call_count


cooled = ("RouterRateLimitError", 429, False)
for status, name in ((401, "AuthenticationError"), (404, "NotFoundError")):
    raised, requests = three_calls(status)
    expect(f"provider answers {status}", raised, [(name, status, True), cooled, cooled])
    expect("  requests that it saw", requests, 1)
for status, name in ((429, "RateLimitError"), (500, "InternalServerError")):
    raised, requests = three_calls(status)
    expect(f"provider answers {status}", raised, [(name, status, True)] * 3)
    expect("  requests that it saw", requests, 3)
print("as described")
PY
