import os
from typing import Annotated

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, StringConstraints

app = FastAPI()
MODEL = os.getenv("LLM_MODEL", "openai/gpt-5-nano")

NonBlank = StringConstraints(min_length=1, max_length=4000, pattern=r"\S")


class UserInput(BaseModel):
    message: Annotated[str, NonBlank]


class Joined(BaseModel):
    response: str


async def pieces(message: str):
    stream = await litellm.acompletion(
        model=MODEL,
        messages=[{"role": "user", "content": message}],
        stream=True,
        timeout=40,
    )
    async for chunk in stream:
        # some chunks carry no choice (token counts) and some no text (the role, the end)
        if chunk.choices and chunk.choices[0].delta.content:
            yield chunk.choices[0].delta.content


@app.post("/generate")
async def generate(user_input: UserInput) -> Joined:
    # The loop is inside the try: a stream can also break in the middle.
    try:
        whole = "".join([piece async for piece in pieces(user_input.message)])
    except litellm.Timeout:
        raise HTTPException(504, "The stream did not start or went quiet.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "Slow down, please.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "This is too much text for the model.") from None
    except openai.APIError:
        raise HTTPException(502, "The stream broke.") from None
    if whole == "":
        raise HTTPException(502, "The stream was empty.")
    return Joined(response=whole)
