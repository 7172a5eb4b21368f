from collections.abc import Awaitable, Callable
from typing import Annotated

import litellm
import openai
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, Field
from settings import Settings

app = FastAPI()

Ask = Callable[[str], Awaitable[str]]


def get_settings() -> Settings:
    return Settings()


def get_ask(settings: Annotated[Settings, Depends(get_settings)]) -> Ask:
    """A function that asks the configured model; tests can swap it for their own."""

    async def ask(question: str) -> str:
        completion = await litellm.acompletion(
            model=settings.llm_model,
            messages=[{"role": "user", "content": question}],
            timeout=settings.llm_timeout,
            max_retries=1,
        )
        if not completion.choices:
            return ""
        return completion.choices[0].message.content or ""

    return ask


class UserInput(BaseModel):
    message: str = Field(max_length=4000)


class UserOutput(BaseModel):
    response: str


def checked(user_input: UserInput) -> str:
    if user_input.message.strip() == "":
        raise HTTPException(422, "Please write a message.")
    return user_input.message


@app.post("/generate")
async def generate(message: Annotated[str, Depends(checked)], ask: Annotated[Ask, Depends(get_ask)]) -> UserOutput:
    try:
        text = await ask(message)
    except litellm.ContextWindowExceededError as problem:
        raise HTTPException(413, "Please write a shorter message.") from problem
    except litellm.RateLimitError as problem:
        raise HTTPException(429, "Please wait a little and ask again.") from problem
    except litellm.Timeout as problem:
        raise HTTPException(504, "The answer did not come in time.") from problem
    except openai.APIError as problem:
        raise HTTPException(502, "The answer did not come.") from problem
    if not text:
        raise HTTPException(502, "The answer was empty.")
    return UserOutput(response=text)
