#!/usr/bin/env bash
# LiteLLM: two calls that differ only in extra_body or api_base share one cache entry
#
# One would guess that the cache key holds everything that decides the answer, so that a call with another
# `extra_body` (where vLLM, OpenRouter and others take their own parameters) or another `api_base` is not answered
# from the cache.
# What happens: the key is made of the parameters that LiteLLM knows. `extra_body`, `extra_headers`, `api_base` and
# a server's own parameter such as chat_template_kwargs are not among them; temperature, seed, user and top_k are.
# Why it matters: anyone who compares decoding parameters or two local servers with the cache on: the second
# measurement is the first one's answer. Pass `caching=False` for such calls.
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
import signal
from importlib.metadata import version

from litellm.caching.caching import Cache

signal.alarm(120)
print("litellm", version("litellm"))


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


cache = Cache(type="local")
call = {"model": "hosted_vllm/m", "messages": [{"role": "user", "content": "Hi"}], "api_base": "http://one.test/v1"}
plain = cache.get_cache_key(**call)
expect("the same call twice has one key", cache.get_cache_key(**call) == plain, True)

one_key = [
    {"extra_body": {"guided_choice": ["yes", "no"]}},
    {"extra_body": {"top_k": 1}},
    {"chat_template_kwargs": {"enable_thinking": False}},
    {"extra_headers": {"x-variant": "b"}},
    {"api_base": "http://two.test/v1"},
]
for change in one_key:
    expect(f"same key with {change}", cache.get_cache_key(**call | change) == plain, True)
for change in ({"temperature": 0.5}, {"seed": 1}, {"user": "u"}, {"top_k": 1}):
    expect(f"same key with {change}", cache.get_cache_key(**call | change) == plain, False)
print("as described")
PY
