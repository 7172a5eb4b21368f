import logging
import os

import litellm
import openai
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

logger = logging.getLogger("api")
app = FastAPI(title="API")


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.exception_handler(Exception)
async def bug(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "Something went wrong on our side. We look into it."}, status_code=500)


def status_of(error: openai.APIError) -> tuple[int, str]:
    if isinstance(error, litellm.Timeout):
        return 504, "OpenAI, or whoever it was, did not answer in time."
    if isinstance(error, litellm.RateLimitError):
        return 429, "Status 429 at the provider: try again in a minute."
    if isinstance(error, litellm.ContextWindowExceededError):
        return 413, "The provider cannot take so long a message."
    return 502, "Status 4xx or 5xx at the provider."


async def ask(message: str) -> str:
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": message}], timeout=30
        )
    except openai.APIError as error:
        raise HTTPException(*status_of(error)) from error
    except Exception as error:
        logger.error("a bug of ours: %s", type(error).__name__)
        raise
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The provider's answer is empty.")
    return completion.choices[0].message.content


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    return UserOutput(response=await ask(user_input.message))
