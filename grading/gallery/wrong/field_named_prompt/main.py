"""POST /generate: passes a message on to a language model and gives back its text."""

import os
from typing import Annotated

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, StringConstraints

app = FastAPI(title="Generate")


class UserInput(BaseModel):
    prompt: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class Reply(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> Reply:
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.prompt}],
            timeout=30,
        )
    # The special ones first: each of them is an openai.APIError, too.
    except litellm.Timeout as exc:
        raise HTTPException(504, "The model took too long to answer.") from exc
    except litellm.RateLimitError as exc:
        raise HTTPException(429, "The model is busy. Please try again in a moment.") from exc
    except litellm.ContextWindowExceededError as exc:
        raise HTTPException(413, "The message is too long for this model.") from exc
    except openai.APIError as exc:
        raise HTTPException(502, "The model could not be reached.") from exc

    text = completion.choices[0].message.content if completion.choices else None
    if not text:
        raise HTTPException(502, "The model gave no answer.")
    return Reply(response=text)
