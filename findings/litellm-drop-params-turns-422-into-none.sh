#!/usr/bin/env bash
# LiteLLM: with litellm.drop_params = True, a provider that keeps answering 422 makes the call return None
#
# One would guess that drop_params only leaves out parameters which a model does not take, and that a refusal of the
# provider's still raises one of LiteLLM's exceptions (here BadRequestError), as it does without it.
# What happens: with OpenAI's chat completions, after a 422 the request is sent once more, and when that is refused as
# well, nothing is raised. completion, acompletion and both of their streams return None.
# Why it matters: drop_params is what many tutorials turn on first, so that one program can call any model. Such a
# program catches LiteLLM's exceptions, and then fails with an AttributeError (None has no `choices`): its handler for
# the provider's failures never hears of this one.
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
import asyncio
import json
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

import litellm

signal.alarm(120)
litellm.suppress_debug_info = True
print("litellm", version("litellm"))
asked = []


class Refuses(BaseHTTPRequestHandler):
    def do_POST(self):
        asked.append(self.rfile.read(int(self.headers["content-length"])))
        body = json.dumps({"error": {"message": "The last message is not supported.", "type": "invalid_request_error"}})
        self.send_response(422)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *what):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Refuses)
threading.Thread(target=server.serve_forever, daemon=True).start()
CALL = {
    "model": "openai/any-model",
    "messages": [{"role": "user", "content": "Hello"}],
    "api_base": f"http://127.0.0.1:{server.server_port}/v1",
    "api_key": "not-a-key",
    "max_retries": 0,
}


def outcome(**more):
    """What completion and acompletion make of it, and how often the provider is asked for both."""
    asked.clear()
    found = []
    for call in (lambda: litellm.completion(**CALL, **more), lambda: asyncio.run(litellm.acompletion(**CALL, **more))):
        try:
            found.append(repr(call()))
        except Exception as error:
            found.append(type(error).__name__)
    return found, len(asked)


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


raised, nothing = ["BadRequestError"] * 2, ["None"] * 2
expect("without drop_params", outcome(), (raised, 2))
litellm.drop_params = True
expect("with it", outcome(), (nothing, 4))
expect("with it, as a stream", outcome(stream=True), (nothing, 4))
print("as described")
PY
