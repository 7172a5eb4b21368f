#!/usr/bin/env bash
# respx and LiteLLM: a catch-all route answers completion(), while acompletion() goes past it to the network
#
# One would guess that `respx.mock` with a route for everything intercepts all that LiteLLM sends: LiteLLM uses
# httpx, and respx mocks sync and async httpx clients alike.
# What happens: completion() gets respx's answer. acompletion() with the same arguments reaches the real server,
# because LiteLLM gives its async httpx clients a transport built on aiohttp, and respx hooks httpcore by default.
# Neither side warns. DISABLE_AIOHTTP_TRANSPORT=True in the environment, or respx.mock(using="httpx"), closes the
# gap.
# Why it matters: test suites of async endpoints: with a real key in the environment the "mocked" test is billed;
# without a network it fails with a connection error that seems to come from the mock.
# Seen with litellm 1.110.2, respx 0.23.1. The real server here is one on loopback.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset PYTHONPATH DISABLE_AIOHTTP_TRANSPORT
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check litellm==1.110.2 respx==0.23.1
cat > run.py <<'PY'
import asyncio
import json
import signal
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import litellm
import respx

signal.alarm(120)
litellm.suppress_debug_info = True


def body(text):
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}


class Real(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        data = json.dumps(body("the real server")).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments):
        pass


server = HTTPServer(("127.0.0.1", 0), Real)
threading.Thread(target=server.serve_forever, daemon=True).start()
call = {"model": "openai/m", "api_key": "not-a-key", "messages": [{"role": "user", "content": "Who answers?"}]}
call["api_base"] = f"http://127.0.0.1:{server.server_port}/v1"
print("litellm", version("litellm"), "aiohttp", version("aiohttp"), "respx", version("respx"))


async def both(using):
    with respx.mock(using=using, assert_all_called=False) as mock:
        mock.route().respond(json=body("respx"))
        plain = litellm.completion(**call).choices[0].message.content
        return plain, (await litellm.acompletion(**call)).choices[0].message.content


for using in ("httpcore", "httpx"):
    print(f"respx using {using}: completion, acompletion:", *asyncio.run(both(using)), sep=" | ")
PY
export LITELLM_LOCAL_MODEL_COST_MAP=True LITELLM_LOG=CRITICAL
{ venv/bin/python run.py && echo "with DISABLE_AIOHTTP_TRANSPORT=True"; } 2>/dev/null | tee seen
DISABLE_AIOHTTP_TRANSPORT=True venv/bin/python run.py 2>/dev/null | tee -a seen
grep -c 'httpcore: completion, acompletion: | respx | the real server$' seen | grep -qx 1
grep -c 'httpcore: completion, acompletion: | respx | respx$' seen | grep -qx 1
grep -c 'httpx: completion, acompletion: | respx | respx$' seen | grep -qx 2
echo "as described"
