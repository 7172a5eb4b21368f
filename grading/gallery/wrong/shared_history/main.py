"""A chatbot that remembers the conversation."""

import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI(title="Chatbot")

conversation: list[dict[str, str]] = []


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class BotAnswer(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> BotAnswer:
    conversation.append({"role": "user", "content": user_input.message})
    try:
        completion = await litellm.acompletion(model=os.environ["LLM_MODEL"], messages=list(conversation), timeout=30)
    except litellm.Timeout:
        raise HTTPException(504, "The bot is thinking for too long.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The bot is talking to too many people.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The bot cannot remember that much.") from None
    except openai.APIError:
        raise HTTPException(502, "The bot is away.") from None
    text = completion.choices[0].message.content if completion.choices else None
    if not text:
        raise HTTPException(502, "The bot is lost for words.")
    conversation.append({"role": "assistant", "content": text})
    return BotAnswer(response=text)
