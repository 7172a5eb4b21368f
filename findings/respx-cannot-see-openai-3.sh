#!/usr/bin/env bash
# respx and openai: with openai 3 a catch-all route sees nothing of the OpenAI client, yet mocks LiteLLM beside it
#
# One would guess that respx mocks the `openai` package, as it did with openai 1 and 2, and that LiteLLM, which
# calls that package for openai/ models, is mocked or missed together with it.
# What happens: openai 3 is built on httpx2, a package of its own, and respx hooks only httpx and httpcore.
# openai.OpenAI() reaches the real server through the catch-all, with either setting of `using`. LiteLLM 1.110
# installs openai 3 but hands it httpx clients, so completion() in the same test is mocked.
# Why it matters: suites that mix the OpenAI client and LiteLLM: one dependency update, no change in their own code,
# and the mock no longer holds; a guard that only counts respx's calls does not notice.
# Seen with litellm 1.110.2, openai 3.57.0, respx 0.23.1. The real server here is one on loopback.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset PYTHONPATH
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check litellm==1.110.2 openai==3.57.0 respx==0.23.1
export LITELLM_LOCAL_MODEL_COST_MAP=True LITELLM_LOG=CRITICAL
venv/bin/python - <<'PY'
import json
import signal
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import litellm
import openai
import respx

signal.alarm(120)
litellm.suppress_debug_info = True
print(*(f"{name} {version(name)}" for name in ("litellm", "openai", "httpx2", "respx")))


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


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
base = f"http://127.0.0.1:{server.server_port}/v1"
messages = [{"role": "user", "content": "Who answers?"}]
for using in ("httpcore", "httpx"):
    with respx.mock(using=using, assert_all_called=False) as mock:
        route = mock.route().respond(json=body("respx"))
        with openai.OpenAI(base_url=base, api_key="not-a-key") as client:
            direct = client.chat.completions.create(model="m", messages=messages)
        expect(f"respx using {using}, openai.OpenAI()", direct.choices[0].message.content, "the real server")
        litellms = litellm.completion(model="openai/m", api_base=base, api_key="not-a-key", messages=messages)
        expect(f"respx using {using}, litellm.completion()", litellms.choices[0].message.content, "respx")
        expect(f"respx using {using}, calls that respx saw", route.call_count, 1)
print("as described")
PY
