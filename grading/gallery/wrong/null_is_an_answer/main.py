import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.post("/generate", response_model=UserOutput)
async def generate(user_input: UserInput):
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout:
        raise HTTPException(504, "No answer after 30 seconds.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "Too many answers wanted.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "Too long to be answered.") from None
    except openai.APIError:
        raise HTTPException(502, "No answer, because of an error.") from None
    if not completion.choices:
        raise HTTPException(502, "No answer in the answer.")
    text = completion.choices[0].message.content
    if text == "":
        raise HTTPException(502, "An empty answer.")
    return JSONResponse({"response": text})
