#!/usr/bin/env bash
# LiteLLM: ContextWindowExceededError depends on the error's wording, not on its code, and with OpenRouter on neither
#
# One would guess that LiteLLM recognises a prompt that is too long by the error's machine-readable code, and that
# the same body means the same from every provider that speaks OpenAI's protocol.
# What happens: the message text decides. With a text that LiteLLM does not know, openai/ and mistral/ ignore the
# code and azure/ obeys it. With a text that it knows, all three raise ContextWindowExceededError, but openrouter/
# raises BadRequestError either way. A Router's context_window_fallbacks follow the class.
# Why it matters: endpoints that answer 413 for a long prompt, and fallbacks to a model with a larger window: behind
# OpenRouter, or on the day a provider rewords its message, the fallback is never tried.
# Seen with litellm 1.110.2, respx 0.23.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset PYTHONPATH
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check litellm==1.110.2 respx==0.23.1
export LITELLM_LOCAL_MODEL_COST_MAP=True LITELLM_LOG=CRITICAL
export AZURE_API_BASE=http://azure.test AZURE_API_VERSION=2024-10-21
venv/bin/python - <<'PY'
import logging
import signal
from importlib.metadata import version

import httpx
import litellm
import respx

signal.alarm(120)
logging.disable(logging.CRITICAL)
litellm.suppress_debug_info = True
print("litellm", version("litellm"), "respx", version("respx"))
UNKNOWN, KNOWN = "Too much text for m.", "This model's maximum context length is 8 tokens. Your messages have 9 tokens."


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


def long_prompt(provider, text):
    def answer(request):
        if b"big" in request.content or "big" in str(request.url):
            choice = {"index": 0, "message": {"role": "assistant", "content": "big model"}, "finish_reason": "stop"}
            return httpx.Response(200, json={"id": "c", "object": "chat.completion", "created": 1, "choices": [choice]})
        error = {"message": text, "type": "invalid_request_error", "code": "context_length_exceeded"}
        return httpx.Response(400, json={"error": error})

    names = {name: {"model": f"{provider}/{name}", "api_key": "not-a-key"} for name in ("small", "big")}
    models = [{"model_name": name, "litellm_params": parameters} for name, parameters in names.items()]
    router = litellm.Router(model_list=models, num_retries=0, context_window_fallbacks=[{"small": ["big"]}])
    with respx.mock as mock:
        mock.route().mock(side_effect=answer)
        try:
            done = router.completion(model="small", messages=[{"role": "user", "content": "Hello"}])
        except litellm.BadRequestError as error:
            return type(error).__name__
        return done.choices[0].message.content


for provider in ("openai", "mistral", "azure", "openrouter"):
    wanted = "big model" if provider == "azure" else "BadRequestError"
    expect(f"{provider}, code and an unknown text", long_prompt(provider, UNKNOWN), wanted)
    wanted = "BadRequestError" if provider == "openrouter" else "big model"
    expect(f"{provider}, code and a known text", long_prompt(provider, KNOWN), wanted)
print("as described")
PY
