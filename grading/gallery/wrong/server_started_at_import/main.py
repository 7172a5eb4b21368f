import os

import litellm
import openai
import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field, StrictStr, ValidationInfo, field_validator

# Which failure gets which answer. Order does not matter: the closest class wins (see answer_for).
ANSWERS: dict[type[Exception], tuple[int, str]] = {
    openai.APIError: (502, "The text machine is out of order."),
    litellm.Timeout: (504, "The text machine is too slow today."),
    litellm.RateLimitError: (429, "The text machine needs a break."),
    litellm.ContextWindowExceededError: (413, "The text machine cannot swallow that much."),
}


def answer_for(failure: Exception) -> HTTPException:
    for cls in type(failure).__mro__:
        if cls in ANSWERS:
            return HTTPException(*ANSWERS[cls])
    raise failure


class UserInput(BaseModel):
    message: StrictStr = Field(title="Your message", max_length=4000)

    @field_validator("message")
    @classmethod
    def has_words(cls, value: str, info: ValidationInfo) -> str:
        if not value.split():
            raise ValueError(f"{info.field_name} has no words")
        return value


class MachineText(BaseModel):
    response: str


app = FastAPI(docs_url=None, redoc_url=None)


@app.post("/generate", response_model=MachineText, status_code=200)
def generate(user_input: UserInput):
    prompt = user_input.message
    try:
        out = litellm.completion(os.environ["LLM_MODEL"], [{"role": "user", "content": prompt}], timeout=30)
    except openai.APIError as failure:
        raise answer_for(failure) from failure
    out = out.model_dump()
    text = out["choices"][0]["message"]["content"] if out["choices"] else None
    if not text:
        raise HTTPException(*ANSWERS[openai.APIError])
    return MachineText(response=text)


uvicorn.run(app)
