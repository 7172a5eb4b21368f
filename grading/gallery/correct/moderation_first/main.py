import os

import httpx
import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, field_validator

app = FastAPI(title="Safe chat")

MODEL = os.environ["LLM_MODEL"]
TIMEOUT = 30.0


class UserInput(BaseModel):
    message: str

    @field_validator("message")
    @classmethod
    def sensible(cls, message: str) -> str:
        if not message.strip():
            raise ValueError("a message, please")
        if len(message) > 4000:
            raise ValueError("a shorter message, please")
        return message


class UserOutput(BaseModel):
    response: str


async def is_harmless(message: str) -> bool:
    """Only OpenAI has such a model."""
    if not MODEL.startswith("openai/"):
        return True
    verdict = await litellm.amoderation(input=message, model="omni-moderation-latest", timeout=TIMEOUT)
    return not verdict.results[0].flagged


@app.get("/models")
async def models() -> list[str]:
    async with httpx.AsyncClient(timeout=TIMEOUT) as client:
        listed = await client.get("https://api.openai.com/v1/models")
    return [model["id"] for model in listed.json()["data"]]


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    messages = [{"role": "user", "content": user_input.message}]
    try:
        if not await is_harmless(user_input.message):
            raise HTTPException(422, "This message breaks our rules.")
        completion = await litellm.acompletion(model=MODEL, messages=messages, timeout=TIMEOUT)
    except litellm.Timeout as error:
        raise HTTPException(504, "The chat was too slow.") from error
    except litellm.RateLimitError as error:
        raise HTTPException(429, "The chat has too many guests.") from error
    except litellm.ContextWindowExceededError as error:
        raise HTTPException(413, "The chat takes shorter messages.") from error
    except openai.APIError as error:
        raise HTTPException(502, "The chat is closed.") from error
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The chat fell silent.")
    return UserOutput(response=completion.choices[0].message.content)
