#!/usr/bin/env bash
# LiteLLM: without "usage" in the answer, the token count is 0, or missing, or, streamed, made up
#
# One would guess that `response.usage` is None where a server sends none (small local servers and proxies often do
# not), for every provider alike, and that a streamed answer agrees with the plain one.
# What happens: openai/ reports 0 tokens. groq/ returns a response without the attribute, so `.usage` raises
# AttributeError. A stream with include_usage reports a count by LiteLLM's own tokenizer in the same field, with no
# mark that it is an estimate.
# Why it matters: anyone who bills, limits or plots by usage: 0 looks like a free answer, and an estimate with
# another model's tokenizer looks like the provider's own count.
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
HEAD = {"id": "c", "created": 1, "model": "m", "service_tier": "on_demand"}


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


def reply(stream):
    if not stream:
        choice = {"index": 0, "message": {"role": "assistant", "content": "one two three"}, "finish_reason": "stop"}
        return httpx.Response(200, json=HEAD | {"object": "chat.completion", "choices": [choice]})
    events = ""
    for delta, reason in (({"content": "one two three"}, None), ({}, "stop")):
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        events += f"data: {json.dumps(HEAD | {'object': 'chat.completion.chunk', 'choices': [choice]})}\n\n"
    return httpx.Response(200, text=events + "data: [DONE]\n\n", headers={"content-type": "text/event-stream"})


def usage(model, **more):
    with respx.mock as mock:
        mock.route().mock(return_value=reply(bool(more)))
        answer = litellm.completion(
            model=model, api_key="not-a-key", messages=[{"role": "user", "content": "Count."}], **more
        )
        found = [u for part in (answer if more else [answer]) if (u := getattr(part, "usage", "no attribute"))]
        last = [u for u in found if u != "no attribute"] or found
        return last[-1] if last[-1] == "no attribute" else (last[-1].prompt_tokens, last[-1].completion_tokens)


INCLUDE = {"stream": True, "stream_options": {"include_usage": True}}
expect("openai/m, plain: prompt, completion", usage("openai/m"), (0, 0))
expect("groq/m, plain", usage("groq/m"), "no attribute")
for model in ("openai/m", "groq/m"):
    prompt, completion = usage(model, **INCLUDE)
    expect(f"{model}, streamed: both are counted ({prompt}, {completion})", (prompt > 0, completion), (True, 3))
print("as described")
PY
