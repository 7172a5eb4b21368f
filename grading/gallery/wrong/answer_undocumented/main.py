import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


@app.post("/generate")
async def generate(user_input: UserInput):
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout as exc:
        raise HTTPException(status_code=504, detail="Model timed out") from exc
    except litellm.RateLimitError as exc:
        raise HTTPException(status_code=429, detail="Model is rate limited") from exc
    except litellm.ContextWindowExceededError as exc:
        raise HTTPException(status_code=413, detail="Message too long for the model") from exc
    except openai.APIError as exc:
        raise HTTPException(status_code=502, detail="Model call failed") from exc
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(status_code=502, detail="Model answer was empty")
    return {"response": completion.choices[0].message.content}
