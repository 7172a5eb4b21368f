import os

import litellm
import openai
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel

app = FastAPI()


class UserInput(BaseModel):
    message: str


class Answer(BaseModel):
    response: str


BODY = {"required": True, "content": {"application/json": {"schema": UserInput.model_json_schema()}}}


async def read_message(request: Request) -> str:
    try:
        body = await request.json()
    except ValueError:
        raise HTTPException(422, "Please send JSON.") from None
    if not isinstance(body, dict) or body.get("message") is None:
        raise HTTPException(422, "Please send a message.")
    message = str(body["message"])
    if not message.strip():
        raise HTTPException(422, "Please send a message with text in it.")
    if len(message) > 4000:
        raise HTTPException(422, "Please send a message of at most 4000 characters.")
    return message


@app.post("/generate", openapi_extra={"requestBody": BODY})
async def generate(request: Request) -> Answer:
    message = await read_message(request)
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": message}], timeout=30
        )
    except litellm.Timeout:
        raise HTTPException(504, "The model is slow, please try later.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The model is busy, please try later.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The message is too long, please shorten it.") from None
    except openai.APIError:
        raise HTTPException(502, "The model has a problem, please try later.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The model said nothing, please try later.")
    return Answer(response=completion.choices[0].message.content)
