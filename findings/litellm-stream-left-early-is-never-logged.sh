#!/usr/bin/env bash
# LiteLLM: a stream whose reader stops at the finish reason is logged neither as a success nor as a failure
#
# One would guess that LiteLLM's callbacks hear of each call once, and of a stream at the latest when its reader has
# seen finish_reason "stop" or has closed it.
# What happens: async_log_success_event runs only when the iterator is exhausted. A reader that leaves the loop at
# the finish reason, or earlier because the user closed the page, and then closes the stream, triggers no success
# event and no failure event: no usage and no cost.
# Why it matters: anyone who counts tokens or money per student with a CustomLogger: a stream counts only if its
# loop has no `break`.
# Seen with litellm 1.110.2, respx 0.23.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset PYTHONPATH
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check litellm==1.110.2 respx==0.23.1
export LITELLM_LOCAL_MODEL_COST_MAP=True LITELLM_LOG=CRITICAL DISABLE_AIOHTTP_TRANSPORT=True
venv/bin/python - <<'PY'
import asyncio
import json
import signal
from importlib.metadata import version

import httpx
import litellm
import respx
from litellm.integrations.custom_logger import CustomLogger

signal.alarm(120)
litellm.suppress_debug_info = True
print("litellm", version("litellm"), "respx", version("respx"))
heard = []


class Count(CustomLogger):
    async def async_log_success_event(self, kwargs, response_obj, start_time, end_time):
        heard.append(f"success, {response_obj.usage.total_tokens} tokens")

    async def async_log_failure_event(self, *arguments, **named):
        heard.append("failure")


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


def event(*choices, usage=None):
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "choices": choices, "usage": usage}
    return f"data: {json.dumps(chunk)}\n\n"


TEXT = event({"index": 0, "delta": {"content": "Good day"}, "finish_reason": None})
TEXT += event({"index": 0, "delta": {}, "finish_reason": "stop"})
TEXT += event(usage={"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}) + "data: [DONE]\n\n"


async def read(leave):
    heard.clear()
    reply = httpx.Response(200, text=TEXT, headers={"content-type": "text/event-stream"})
    with respx.mock as mock:
        mock.post("https://api.openai.com/v1/chat/completions").mock(return_value=reply)
        call = {"model": "openai/m", "api_key": "not-a-key", "messages": [{"role": "user", "content": "Hello"}]}
        stream = await litellm.acompletion(**call, stream=True)
        async for chunk in stream:
            if leave(chunk):
                break
        await stream.aclose()
        await asyncio.sleep(2)
    return list(heard)


litellm.callbacks = [Count()]
expect("read to the end", asyncio.run(read(lambda chunk: False)), ["success, 7 tokens"])
expect("left at finish_reason", asyncio.run(read(lambda c: c.choices and c.choices[0].finish_reason)), [])
expect("left after the first piece", asyncio.run(read(lambda chunk: True)), [])
print("as described")
PY
