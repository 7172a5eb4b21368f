import json
import os

import litellm
import openai
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel

app = FastAPI()


class ModelText(BaseModel):
    response: str


def validated(raw: bytes) -> str:
    try:
        data = json.loads(raw)
    except ValueError:
        raise HTTPException(422, "not JSON") from None
    if not isinstance(data, dict):
        raise HTTPException(422, "not an object")
    message = data.get("message")
    if not isinstance(message, str):
        raise HTTPException(422, "message must be a string")
    if message.strip() == "" or len(message) > 4000:
        raise HTTPException(422, "message must have 1 to 4000 characters")
    return message


@app.post("/generate", response_model=ModelText)
async def generate(request: Request):
    message = validated(await request.body())
    try:
        answer = await litellm.acompletion(
            model=os.getenv("LLM_MODEL"), messages=[{"role": "user", "content": message}], timeout=30
        )
    except litellm.Timeout:
        raise HTTPException(504, "timed out") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "rate limit") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "prompt too long") from None
    except openai.APIError:
        raise HTTPException(502, "model error") from None
    text = answer.choices[0].message.content if answer.choices else None
    if not text:
        raise HTTPException(502, "empty answer")
    return {"response": text}
