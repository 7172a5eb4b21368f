import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, pattern=r"\S")


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
    except litellm.ContextWindowExceededError as exc:
        # the model itself says when a message is too long
        raise HTTPException(413, "Your message is too long.") from exc
    except litellm.RateLimitError as exc:
        raise HTTPException(429, "Your message has to wait.") from exc
    except litellm.Timeout as exc:
        raise HTTPException(504, "Your message was not answered in time.") from exc
    except openai.APIError as exc:
        raise HTTPException(502, "Your message was not answered.") from exc
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "Your message got an empty answer.")
    return UserOutput(response=completion.choices[0].message.content)
