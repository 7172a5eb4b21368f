"""Answer what a program may ask a provider beside the chat: a moderation, the list of models, embeddings."""

from __future__ import annotations

import json
import re

import httpx

from grading.provider.wire._chat import JsonObject

_MODEL: JsonObject = {"id": "kit", "object": "model", "created": 1, "owned_by": "kit"}
_KINDS = "harassment hate illicit self-harm sexual violence".split()
_VERDICT: JsonObject = {
    "flagged": False,
    "categories": dict.fromkeys(_KINDS, False),
    "category_scores": dict.fromkeys(_KINDS, 0.0),
}
_VECTOR: JsonObject = {"object": "embedding", "index": 0, "embedding": [0.0, 1.0]}
_TOKEN: JsonObject = {"access_token": "kit", "token_type": "Bearer", "expires_in": 3600, "expiration": 4_000_000_000}
_ANSWERS: tuple[tuple[str, str, JsonObject], ...] = (
    # LiteLLM asks this one by itself, before and after a chat, about Ollama's models that its price list lacks.
    ("POST", r"/api/show$", {"template": "", "model_info": {}, "capabilities": ["completion"]}),
    ("POST", r"/moderations$", {"id": "modr-kit", "model": "kit", "results": [_VERDICT]}),
    ("POST", r"/embeddings$", {"object": "list", "model": "kit", "data": [_VECTOR], "usage": {"total_tokens": 1}}),
    ("GET", r"/models$", {"object": "list", "data": [_MODEL]}),
    ("GET", r"/api/tags$", {"models": []}),
    # The same holds for these: the size of a model of Hugging Face's hub, and a token for watsonx.
    ("GET", r"/raw/main/config\.json$", {"max_position_embeddings": 131072}),
    ("POST", r"/identity/token$", _TOKEN),
)


def answer_beside(request: httpx.Request) -> httpx.Response | None:
    """Return the answer to a request that asks for no chat, None if it is none of those that are known."""
    for method, path, body in _ANSWERS:
        if request.method == method and re.search(path, request.url.path):
            headers = {"content-type": "application/json"}
            return httpx.Response(200, headers=headers, content=json.dumps(body), request=request)
    return None
