#!/usr/bin/env bash
# LiteLLM: trim_messages() trims for "gpt-3.5-turbo" and does nothing for "openai/gpt-3.5-turbo"
#
# One would guess that trim_messages(messages, model) knows models by the names that completion() takes, provider
# prefix included, and complains about a model whose context window it does not know.
# What happens: it looks the name up in LiteLLM's table as it stands. openai/... and a misspelt name are not in it,
# and the messages come back in full length without a word. get_model_info() does find openai/gpt-3.5-turbo.
# Why it matters: a chat endpoint that trims its history with the model name of its configuration works as long as
# chats are short; then every request ends in ContextWindowExceededError. Pass max_tokens=, which is obeyed.
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
from litellm.utils import trim_messages

signal.alarm(120)
litellm.suppress_debug_info = True
print("litellm", version("litellm"))
WORDS = 30_000


def kept(model, **more):
    messages = [{"role": "user", "content": "word " * WORDS}]
    return len(trim_messages(messages, model=model, **more)[0]["content"].split())


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


for model in ("gpt-3.5-turbo", "openai/gpt-3.5-turbo"):
    limit = litellm.get_model_info(model)["max_input_tokens"]
    expect(f"get_model_info({model!r}), max_input_tokens", limit, 16_385)
expect("gpt-3.5-turbo, trimmed", kept("gpt-3.5-turbo") < 16_385, True)
for model in ("openai/gpt-3.5-turbo", "anthropic/claude-no-such-model"):
    expect(f"{model}, words kept of {WORDS}", kept(model), WORDS)
expect("openai/gpt-3.5-turbo with max_tokens=1000, trimmed", kept("openai/gpt-3.5-turbo", max_tokens=1000) < 1000, True)
print("as described")
PY
