"""Quart is Flask with async: the same names, and `await` where it reads or asks."""

import os

import litellm
import openai
from quart import Quart, request

app = Quart(__name__)
TEXT = {"type": "string"}


def only(name: str) -> dict:
    return {"application/json": {"schema": {"type": "object", "properties": {name: TEXT}, "required": [name]}}}


@app.get("/openapi.json")
async def openapi():
    answer = {"200": {"description": "text", "content": only("response")}}
    post = {"requestBody": {"content": only("message"), "required": True}, "responses": answer}
    return {"openapi": "3.1.0", "info": {"title": "quart", "version": "0"}, "paths": {"/generate": {"post": post}}}


@app.post("/generate")
async def generate():
    body = await request.get_json(force=True, silent=True)
    if not isinstance(body, dict) or not isinstance(body.get("message"), str):
        return {"detail": "message is missing"}, 422
    if not 0 < len(body["message"].strip()) <= len(body["message"]) <= 4000:
        return {"detail": "message must have 1 to 4000 characters"}, 422
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "system", "content": "Be kind."}, {"role": "user", "content": body["message"]}],
            timeout=20,
        )
    except litellm.Timeout:
        return {"detail": "timed out"}, 504
    except litellm.RateLimitError:
        return {"detail": "busy"}, 429
    except litellm.ContextWindowExceededError:
        return {"detail": "too long"}, 413
    except openai.APIError:
        return {"detail": "model error"}, 502
    text = completion.choices[0].message.content if completion.choices else ""
    return {"response": text} if text else ({"detail": "no text"}, 502)
