#!/usr/bin/env bash
# LiteLLM: an answer that begins with a `<think>` element loses it, unless it is streamed or comes from Groq
#
# One would guess that `message.content` is the text the provider sent, and that the pieces of a stream add up to
# the same text.
# What happens: with openai/, mistral/ and others, a <think> element at the start of the content is cut out and
# moved to `reasoning_content`, whatever the model is. The same text as a stream keeps the tags in its content, and
# so does groq/.
# Why it matters: a test that compares the streamed answer with the plain one, an endpoint that forwards the
# content, and a model that was asked about that very tag: its words leave the answer without a trace.
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
SENT = "<think>is the tag</think> and this is how it ends."
HEAD = {"id": "c", "created": 1, "model": "m", "service_tier": "on_demand"}


def expect(what, seen, wanted):
    print(f"{what}: {seen!r}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted!r}")


def reply(stream):
    if not stream:
        choice = {"index": 0, "message": {"role": "assistant", "content": SENT}, "finish_reason": "stop"}
        return httpx.Response(200, json=HEAD | {"object": "chat.completion", "choices": [choice]})
    events = ""
    for piece in (SENT[:9], SENT[9:], None):
        choice = {"index": 0, "delta": {"content": piece} if piece else {}, "finish_reason": None if piece else "stop"}
        events += f"data: {json.dumps(HEAD | {'object': 'chat.completion.chunk', 'choices': [choice]})}\n\n"
    return httpx.Response(200, text=events + "data: [DONE]\n\n", headers={"content-type": "text/event-stream"})


def ask(model, stream):
    with respx.mock as mock:
        mock.route().mock(return_value=reply(stream))
        answer = litellm.completion(
            model=model,
            messages=[{"role": "user", "content": "Which tag do some models write?"}],
            api_key="not-a-key",
            stream=stream,
        )
        if stream:
            return "".join(c.choices[0].delta.content or "" for c in answer if c.choices)
        message = answer.choices[0].message
        return message.content, getattr(message, "reasoning_content", None)


for model in ("openai/m", "mistral/m"):
    expect(f"{model}, plain: content, reasoning", ask(model, False), (" and this is how it ends.", "is the tag"))
    expect(f"{model}, streamed: content", ask(model, True), SENT)
expect("groq/m, plain: content, reasoning", ask("groq/m", False), (SENT, None))
print("as described")
PY
