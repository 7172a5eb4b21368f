# Week 4 homework: LLM endpoint
import asyncio
import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()


class UserInput(BaseModel):
    message: str


class BotReply(BaseModel):
    response: str


def check(message: str) -> None:
    if not message.strip():
        raise HTTPException(status_code=422, detail="message is empty")
    if len(message) > 4000:
        raise HTTPException(status_code=422, detail="message has more than 4000 characters")


def ask_model(message: str):
    messages = [{"role": "user", "content": message}]
    return litellm.completion(model=os.environ["LLM_MODEL"], messages=messages, timeout=30)


@app.post("/generate", responses={200: {"model": BotReply}})
async def generate(user_input: UserInput):
    check(user_input.message)
    try:
        # completion() blocks, so it must not run on the event loop's own thread
        completion = await asyncio.to_thread(ask_model, user_input.message)
    except openai.APIError as e:
        if isinstance(e, litellm.Timeout):
            raise HTTPException(504, "model timed out") from e
        if isinstance(e, litellm.RateLimitError):
            raise HTTPException(429, "model is rate limited") from e
        if isinstance(e, litellm.ContextWindowExceededError):
            raise HTTPException(413, "prompt too long for model") from e
        raise HTTPException(502, "model call failed") from e
    reply = completion.choices[0].message.content if completion.choices else ""
    if not reply:
        raise HTTPException(502, "model reply was empty")
    BotReply(response=reply)
