import os
from typing import Annotated, Any

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, StringConstraints

app = FastAPI()


class UserInput(BaseModel):
    message: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


@app.post("/generate")
async def generate(user_input: UserInput) -> dict[str, Any]:
    try:
        response = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout:
        raise HTTPException(504, "Gateway time-out, try again.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "Too many requests, try again.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "Too much content, shorten it.") from None
    except openai.APIError:
        raise HTTPException(502, "Bad gateway, try again.") from None
    if not response.choices or not response.choices[0].message.content:
        raise HTTPException(502, "Nothing in the response, try again.")
    return {"response": response.model_dump()}
