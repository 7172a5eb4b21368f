import os

import litellm
import openai
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


class GenerateError(Exception):
    def __init__(self, status: int, text: str):
        self.status = status
        self.text = text


app = FastAPI()


@app.exception_handler(GenerateError)
async def on_generate_error(request, exc: GenerateError):
    return JSONResponse(status_code=exc.status, content={"error": exc.text, "status": exc.status})


@app.post("/generate", response_model=UserOutput)
async def generate(user_input: UserInput):
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout as e:
        raise GenerateError(504, "The text was not generated in time.") from e
    except litellm.RateLimitError as e:
        raise GenerateError(429, "Too many texts are being generated.") from e
    except litellm.ContextWindowExceededError as e:
        raise GenerateError(413, "The message is too long to generate a text.") from e
    except openai.APIError as e:
        raise GenerateError(502, "The text was not generated.") from e
    if not completion.choices or not completion.choices[0].message.content:
        raise GenerateError(502, "The text that was generated is empty.")
    return UserOutput(response=completion.choices[0].message.content)
