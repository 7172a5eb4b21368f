import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

MODEL = os.environ["LLM_MODEL"]

app = FastAPI()
app.state.spent = 0.0


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


def limit() -> int:
    try:
        return litellm.get_model_info(MODEL)["max_input_tokens"] or 8192
    except Exception:  # LiteLLM's own word for an unknown model
        return 1_000_000


def price(completion) -> float:
    try:
        return litellm.completion_cost(completion)
    except Exception:
        return 0.0


@app.get("/spent")
async def spent() -> dict[str, float]:
    return {"dollars": app.state.spent}


@app.post("/generate")
def generate(user_input: UserInput) -> UserOutput:
    messages = [{"role": "user", "content": user_input.message}]
    if litellm.token_counter(model="gpt-3.5-turbo", messages=messages) > limit():
        raise HTTPException(413, "This model cannot read that much.")
    try:
        completion = litellm.completion(model=MODEL, messages=messages, timeout=30)
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "This model cannot read that much, says its provider.") from None
    except litellm.Timeout:
        raise HTTPException(504, "The meter ran out.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The meter turns too fast.") from None
    except openai.APIError:
        raise HTTPException(502, "The meter stands still.") from None
    app.state.spent += price(completion)
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "Nothing came out of it.")
    return UserOutput(response=completion.choices[0].message.content)
