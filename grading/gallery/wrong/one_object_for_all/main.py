"""An assistant in a class of its own."""

import asyncio
import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class AssistantAnswer(BaseModel):
    response: str


class Assistant:
    def __init__(self) -> None:
        self.message = ""
        self.lock = asyncio.Lock()
        self.asked = 0

    async def take(self, message: str) -> None:
        self.message = message
        await asyncio.to_thread(self.count)

    def count(self) -> None:
        self.asked += 1

    async def answer(self) -> str | None:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": self.message}],
            timeout=30,
        )
        return completion.choices[0].message.content if completion.choices else None


assistant = Assistant()
app = FastAPI()


@app.post("/generate")
async def generate(user_input: UserInput) -> AssistantAnswer:
    await assistant.take(user_input.message)
    try:
        text = await assistant.answer()
    except litellm.Timeout:
        raise HTTPException(504, "The assistant is late.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The assistant is overworked.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The assistant cannot take in so much.") from None
    except openai.APIError:
        raise HTTPException(502, "The assistant is ill.") from None
    if not text:
        raise HTTPException(502, "The assistant is speechless.")
    return AssistantAnswer(response=text)
