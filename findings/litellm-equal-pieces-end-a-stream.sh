#!/usr/bin/env bash
# LiteLLM: a streamed answer with 101 equal pieces in a row raises an error; the same answer unstreamed is fine
#
# One would guess that a stream delivers whatever the model writes, and that a long rule of dashes or a wide
# Markdown table is an answer like any other.
# What happens: after 100 equal pieces of more than two characters LiteLLM raises MidStreamFallbackError around
# InternalServerError. 100 such pieces pass, 150 pieces of two characters pass, and the same text in one body
# passes.
# Why it matters: anyone who streams tables, ASCII art or OCR of dotted lines, and tests that stream one word many
# times. The endpoint has already sent its 200, and the error blames the provider. The limit is a constant
# (REPEATED_STREAMING_CHUNK_LIMIT) that the environment can raise before the import.
# Seen with litellm 1.110.2, respx 0.23.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset PYTHONPATH REPEATED_STREAMING_CHUNK_LIMIT
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


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


def event(piece, reason=None):
    delta = {"content": piece} if piece else {}
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n"


def ask(piece, count, stream=True):
    text = "".join(event(piece) for _ in range(count)) + event(None, "stop") + "data: [DONE]\n\n"
    message = {"role": "assistant", "content": piece * count}
    whole = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
    whole["choices"] = [{"index": 0, "message": message, "finish_reason": "stop"}]
    reply = httpx.Response(200, text=text, headers={"content-type": "text/event-stream"})
    with respx.mock as mock:
        mock.post("https://api.openai.com/v1/chat/completions").mock(
            return_value=reply if stream else httpx.Response(200, json=whole)
        )
        answer = litellm.completion(
            model="openai/m", api_key="not-a-key", stream=stream, messages=[{"role": "user", "content": "Draw a line."}]
        )
        if not stream:
            return len(answer.choices[0].message.content)
        got = 0
        try:
            for chunk in answer:
                got += len(chunk.choices[0].delta.content or "")
        except litellm.exceptions.MidStreamFallbackError as error:
            return f"{type(error).__name__} around {type(error.original_exception).__name__} after {got} characters"
        return got


expect("100 times '----', streamed", ask("----", 100), 400)
wanted = "MidStreamFallbackError around InternalServerError after 400 characters"
expect("101 times '----', streamed", ask("----", 101), wanted)
expect("150 times '--', streamed", ask("--", 150), 300)
expect("101 times '----', not streamed", ask("----", 101, stream=False), 404)
print("as described")
PY
