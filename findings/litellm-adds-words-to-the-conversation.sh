#!/usr/bin/env bash
# LiteLLM: with Claude, an empty turn or a late system message puts words into the prompt that nobody wrote
#
# One would guess that messages reach the provider as they are, in its own format, and that one the provider would
# refuse is dropped or raises an error.
# What happens: an assistant turn without text reaches Anthropic as a turn that says something: a bracketed note of
# LiteLLM's. A system message after the first turn becomes a user turn, introduced by a sentence of LiteLLM's.
# Gemini gets the same message moved to the top; Mistral does not get the empty turn at all. No parameter asks for
# any of it.
# Why it matters: a chat endpoint that keeps a history: refusals, tool calls and answers cut by max_tokens leave
# empty turns, and the model then reads, and may answer, words that are in none of the application's logs.
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
print("litellm", version("litellm"), "respx", version("respx"))


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


def sent(model, *turns):
    messages = [{"role": role, "content": content} for role, content in turns]
    with respx.mock as mock:
        route = mock.route().mock(return_value=httpx.Response(400, json={"error": {"message": "not played here"}}))
        try:
            litellm.completion(model=model, messages=messages, api_key="not-a-key")
        except litellm.BadRequestError:
            return json.loads(route.calls.last.request.content)


def turns(body):
    return [(turn["role"], [part["text"] for part in turn["content"]]) for turn in body["messages"]]


EMPTY = [("user", "first"), ("assistant", ""), ("user", "second")]
LATE = [("user", "first"), ("assistant", "answer"), ("system", "be brief"), ("user", "second")]

claude = turns(sent("anthropic/claude-sonnet-4-5", *EMPTY))
print("anthropic, empty turn:", claude)
expect("  roles", [role for role, _ in claude], ["user", "assistant", "user"])
expect("  the empty turn has words now", len(claude[1][1][0]) > 20, True)

claude = turns(sent("anthropic/claude-sonnet-4-5", *LATE))
print("anthropic, late system message:", claude)
expect("  roles", [role for role, _ in claude], ["user", "assistant", "user"])
expect("  our words in the last turn", claude[2][1][1:], ["be brief", "second"])
expect("  and words before them", len(claude[2][1][0]) > 20, True)

body = sent("gemini/gemini-2.5-flash", *LATE)
expect("gemini, late system message is now", body["system_instruction"]["parts"], [{"text": "be brief"}])
body = sent("mistral/m", *EMPTY)
expect("mistral, empty turn", [m["role"] for m in body["messages"]], ["user", "user"])
print("as described")
PY
