#!/usr/bin/env bash
# LiteLLM: a provider's own finish reason for an answer that broke off arrives as "stop"
#
# One would guess that LiteLLM passes on a finish reason it does not know, or maps it to something other than
# "stop", so that the caller can see that the text may be incomplete.
# What happens: OpenRouter's "error" and DeepSeek's "insufficient_system_resource", which both mean that the
# generation failed half way, come out as "stop", with and without a stream. "length" and "content_filter" keep
# their names.
# Why it matters: an endpoint that answers 502 unless finish_reason is "stop" hands half an answer to the user as a
# whole one.
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
import json
import signal
from importlib.metadata import version

import httpx
import litellm
import respx

signal.alarm(120)
litellm.suppress_debug_info = True
print("litellm", version("litellm"), "openai", version("openai"), "respx", version("respx"))
HEAD = {"id": "c", "created": 1, "model": "m"}


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


def whole(reason):
    message = {"role": "assistant", "content": "Half an ans"}
    choice = {"index": 0, "message": message, "finish_reason": reason}
    return httpx.Response(200, json=HEAD | {"object": "chat.completion", "choices": [choice]})


def streamed(reason):
    events = ""
    for delta, end in (({"content": "Half an ans"}, None), ({}, reason)):
        choice = {"index": 0, "delta": delta, "finish_reason": end}
        events += f"data: {json.dumps(HEAD | {'object': 'chat.completion.chunk', 'choices': [choice]})}\n\n"
    return httpx.Response(200, text=events + "data: [DONE]\n\n", headers={"content-type": "text/event-stream"})


def reasons(model, reason):
    ask = {"model": model, "api_key": "not-a-key", "messages": [{"role": "user", "content": "Hello"}]}
    with respx.mock as mock:
        mock.route().mock(return_value=whole(reason))
        plain = litellm.completion(**ask).choices[0].finish_reason
    with respx.mock as mock:
        mock.route().mock(return_value=streamed(reason))
        last = [c.choices[0].finish_reason for c in litellm.completion(**ask, stream=True) if c.choices]
    return plain, next(r for r in last if r)


broken = [("openrouter/m", "error"), ("deepseek/m", "insufficient_system_resource")]
for model, reason in broken:
    expect(f"{model}, provider says {reason}", reasons(model, reason), ("stop", "stop"))
    for kept in ("length", "content_filter"):
        expect(f"{model}, provider says {kept}", reasons(model, kept), (kept, kept))
print("as described")
PY
