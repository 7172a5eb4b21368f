import os

import litellm
import openai
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel

app = FastAPI()


class Answer(BaseModel):
    response: str


SCHEMA = {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}


@app.post(
    "/generate",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": SCHEMA}}}},
)
async def generate(request: Request) -> Answer:
    try:
        body = await request.json()
    except ValueError:
        raise HTTPException(422, "I need JSON.") from None
    message = body.get("message", None)
    if not isinstance(message, str) or not message.strip():
        raise HTTPException(422, "I need a message.")
    if len(message) > 4000:
        raise HTTPException(422, "I need a shorter message.")
    return Answer(response=await ask(message))


async def ask(message: str) -> str:
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": message}], timeout=30
        )
    except litellm.Timeout as e:
        raise HTTPException(504, "I waited too long.") from e
    except litellm.RateLimitError as e:
        raise HTTPException(429, "I was asked too often.") from e
    except litellm.ContextWindowExceededError as e:
        raise HTTPException(413, "I cannot read so much.") from e
    except openai.APIError as e:
        raise HTTPException(502, "I got no answer.") from e
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "I got an empty answer.")
    return completion.choices[0].message.content
