import asyncio
import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()
titles: list[str] = []
tasks: set[asyncio.Task[None]] = set()


class Question(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class Reply(BaseModel):
    response: str


async def ask(text: str) -> str:
    completion = await litellm.acompletion(
        model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": text}], timeout=25
    )
    return (completion.choices[0].message.content or "") if completion.choices else ""


async def find_title(text: str) -> None:
    titles.append(await ask(f"Give a title for this, in three words: {text[:100]}"))
    del titles[:-20]


@app.post("/generate", response_model=Reply)
async def generate(question: Question):
    try:
        text = await ask(question.message)
    except litellm.Timeout as problem:
        raise HTTPException(504, "The model took too long.") from problem
    except litellm.RateLimitError as problem:
        raise HTTPException(429, "The model is busy.") from problem
    except litellm.ContextWindowExceededError as problem:
        raise HTTPException(413, "That is too long for the model.") from problem
    except openai.APIError as problem:
        raise HTTPException(502, "The model failed.") from problem
    if not text:
        raise HTTPException(502, "The model said nothing.")
    task = asyncio.create_task(find_title(text))
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return Reply(response=text)
