import os
from contextlib import asynccontextmanager
from functools import partial

import litellm
import openai
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel, Field

MODEL = os.environ["LLM_MODEL"]


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.complete = partial(litellm.acompletion, model=MODEL, timeout=20, max_retries=2)
    app.state.answered = 0
    yield
    del app.state.complete


app = FastAPI(lifespan=lifespan)


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S", examples=["Tell me a joke."])


class Output(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput, request: Request) -> Output:
    state = request.app.state
    try:
        completion = await state.complete(messages=[{"role": "user", "content": user_input.message}])
    except litellm.Timeout:
        raise HTTPException(504, "Timed out while waiting for the model.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The model is overloaded with requests.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The text is longer than the model's memory.") from None
    except openai.APIError:
        raise HTTPException(502, "The model returned an error.") from None

    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The model returned no text.")
    state.answered += 1
    return Output(response=completion.choices[0].message.content)


@app.get("/stats")
async def stats(request: Request) -> dict[str, int]:
    return {"answered": request.app.state.answered}
