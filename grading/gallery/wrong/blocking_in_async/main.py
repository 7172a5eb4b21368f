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


# async makes it fast
@app.post("/generate", response_model=UserOutput)
async def generate(user_input: UserInput):
    try:
        completion = litellm.completion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout:
        raise HTTPException(504, "Model timed out.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "Model is busy.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "Model cannot read that much.") from None
    except openai.APIError:
        raise HTTPException(502, "Model failed.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "Model sent nothing.")
    return UserOutput(response=completion.choices[0].message.content)
