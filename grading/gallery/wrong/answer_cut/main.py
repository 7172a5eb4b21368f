import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()
MAX_ANSWER = 1000


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class ShortAnswer(BaseModel):
    response: str


@app.post("/generate")
def generate(user_input: UserInput) -> ShortAnswer:
    try:
        completion = litellm.completion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except openai.APIError as e:
        match e:
            case litellm.Timeout():
                raise HTTPException(504, "The model took too long.") from e
            case litellm.RateLimitError():
                raise HTTPException(429, "The model is asked too much.") from e
            case litellm.ContextWindowExceededError():
                raise HTTPException(413, "The message is too long.") from e
            case _:
                raise HTTPException(502, "The model is not there.") from e
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The model is there but says nothing.")
    text = completion.choices[0].message.content
    if len(text) > MAX_ANSWER:
        text = text[:MAX_ANSWER] + "..."
    return ShortAnswer(response=text)
