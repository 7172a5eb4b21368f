import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class Answer(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> Answer:
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout as exc:
        raise HTTPException(504, "The model is too slow at the moment.") from exc
    except litellm.ContextWindowExceededError as exc:
        raise HTTPException(413, "The model cannot read that much.") from exc
    except openai.APIError as exc:
        # 429 stays 429, and the others are passed on as they are, too
        status = getattr(exc, "status_code", 502)
        raise HTTPException(status, "The model does not want to answer at the moment.") from exc
    text = completion.choices[0].message.content if completion.choices else ""
    if not text:
        raise HTTPException(502, "The model has nothing to say at the moment.")
    return Answer(response=text)
