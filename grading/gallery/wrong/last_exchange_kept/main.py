"""A chatbot with a short memory: long ones are expensive."""

import os
from collections import deque

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI(title="Chatbot")
memory: deque = deque(maxlen=2)  # one question, one answer


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class BotAnswer(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> BotAnswer:
    question = {"role": "user", "content": user_input.message}
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"], messages=[*memory, question], max_tokens=1000, timeout=30
        )
    except litellm.Timeout:
        raise HTTPException(504, "The bot has lost the thread.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The bot is tired.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The bot has a short memory.") from None
    except openai.APIError:
        raise HTTPException(502, "The bot is broken.") from None
    text = completion.choices[0].message.content if completion.choices else None
    if not text:
        raise HTTPException(502, "The bot has no idea.")
    memory.extend([question, {"role": "assistant", "content": text}])
    return BotAnswer(response=text)
