import asyncio
import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()
DEADLINE = 20  # seconds for everything, tries included


class Prompt(BaseModel):
    message: str = Field(max_length=4000, pattern=r"\S")


class Text(BaseModel):
    response: str


async def ask(message: str) -> str:
    completion = await litellm.acompletion(
        model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": message}], timeout=15
    )
    return (completion.choices[0].message.content or "") if completion.choices else ""


@app.post("/generate")
async def generate(prompt: Prompt) -> Text:
    call = asyncio.create_task(ask(prompt.message))
    deadline = asyncio.create_task(asyncio.sleep(DEADLINE))
    await asyncio.wait({call, deadline}, return_when=asyncio.FIRST_COMPLETED)
    deadline.cancel()
    if not call.done():
        call.cancel()
        raise HTTPException(504, "The model took too long.")
    try:
        text = call.result()
    except litellm.Timeout:
        raise HTTPException(504, "The model took too long.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "Too many questions for the model. Try again later.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The message is too long for the model.") from None
    except openai.APIError:
        raise HTTPException(502, "The model cannot be reached.") from None
    if not text:
        raise HTTPException(502, "The model had no answer.")
    return Text(response=text)
