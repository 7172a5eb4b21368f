#!/usr/bin/env bash
# LiteLLM: mock_response="litellm.RateLimitError" raises it, "litellm.Timeout" comes back as the model's answer
#
# One would guess that `mock_response="litellm.<exception>"`, which raises RateLimitError, raises any of LiteLLM's
# exceptions by name, or refuses a name that it cannot raise.
# What happens: RateLimitError, InternalServerError and ContextWindowExceededError are raised. With every other name
# tried, Timeout, AuthenticationError and ServiceUnavailableError among them, the call succeeds, and the name is the
# text of the answer.
# Why it matters: tests of an endpoint's error handling: with "litellm.Timeout" the handler never runs, the endpoint
# answers 200, and a test that only looks for the word in the body passes. Play the failure at the transport
# instead.
# Seen with litellm 1.110.2.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset PYTHONPATH
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check litellm==1.110.2
export LITELLM_LOCAL_MODEL_COST_MAP=True LITELLM_LOG=CRITICAL
venv/bin/python - <<'PY'
import signal
from importlib.metadata import version

import litellm

signal.alarm(120)
litellm.suppress_debug_info = True
print("litellm", version("litellm"))


def outcome(name):
    try:
        answer = litellm.completion(
            model="openai/gpt-4o-mini",
            messages=[{"role": "user", "content": "Hello"}],
            mock_response=f"litellm.{name}",
        )
    except Exception as error:
        return f"raises {type(error).__name__}"
    return f"answers {answer.choices[0].message.content!r}"


raised = ["RateLimitError", "InternalServerError", "ContextWindowExceededError"]
answered = [
    "Timeout",
    "AuthenticationError",
    "BadRequestError",
    "NotFoundError",
    "PermissionDeniedError",
    "ServiceUnavailableError",
    "APIConnectionError",
    "ContentPolicyViolationError",
]
for name in raised + answered:
    assert issubclass(getattr(litellm, name), Exception)
    seen, wanted = outcome(name), f"raises {name}" if name in raised else f"answers 'litellm.{name}'"
    print(f"mock_response='litellm.{name}' {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")
print("as described")
PY
