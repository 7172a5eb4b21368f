import os

import litellm
from fastapi import FastAPI
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class Output(BaseModel):
    response: str


@app.post("/generate")
def generate(user_input: UserInput) -> Output:
    # FastAPI takes care of errors
    completion = litellm.completion(
        model=os.environ["LLM_MODEL"],
        messages=[{"role": "user", "content": user_input.message}],
        timeout=30,
    )
    text = completion.choices[0].message.content
    assert text, "no text"
    return Output(response=text)
