import os

import litellm
import openai
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


def error(text: str) -> JSONResponse:
    return JSONResponse({"error": text})


@app.post("/generate", response_model=UserOutput)
async def generate(user_input: UserInput):
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout:
        return error("The model was too slow.")
    except litellm.RateLimitError:
        return error("The model was too busy.")
    except litellm.ContextWindowExceededError:
        return error("The message was too long.")
    except openai.APIError:
        return error("The model was not available.")
    if not completion.choices or not completion.choices[0].message.content:
        return error("The model was silent.")
    return {"response": completion.choices[0].message.content}
