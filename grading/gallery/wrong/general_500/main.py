# Week 4 homework: LLM endpoint
import asyncio
import os

import litellm
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


@app.post("/generate", response_model=BotReply)
async def generate(user_input: UserInput):
    check(user_input.message)
    try:
        # completion() blocks, so it must not run on the event loop's own thread
        completion = await asyncio.to_thread(ask_model, user_input.message)
        return BotReply(response=completion.choices[0].message.content)
    except Exception as e:
        raise HTTPException(500, "internal server error, please try again") from e
