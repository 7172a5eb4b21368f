"""POST /generate: passes a message on to a language model and gives back its text."""

import os
from typing import Annotated

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, StringConstraints

app = FastAPI(title="Generate")


class UserInput(BaseModel):
    message: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class Reply(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> Reply:
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except openai.APIError as exc:
        raise HTTPException(502, "The model could not be reached.") from exc

    text = completion.choices[0].message.content if completion.choices else None
    if not text:
        raise HTTPException(502, "The model gave no answer.")
    return Reply(response=text)
