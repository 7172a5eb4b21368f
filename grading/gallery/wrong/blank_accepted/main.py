import os
from typing import Annotated

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()

# 1 to 4000 characters
Message = Annotated[str, Field(min_length=1, max_length=4000)]


class UserInput(BaseModel):
    message: Message


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
        raise HTTPException(504, "The model does not respond.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The model does not take more requests now.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The model does not take so long a message.") from None
    except openai.APIError:
        raise HTTPException(502, "The model does not work.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The model does not say a word.")
    return UserOutput(response=completion.choices[0].message.content)
