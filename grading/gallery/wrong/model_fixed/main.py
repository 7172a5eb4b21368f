"""My LLM endpoint. Start it with: uvicorn main:app --reload"""

from typing import Annotated

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, StringConstraints

app = FastAPI(title="My LLM endpoint")


class UserInput(BaseModel):
    message: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class LLMResponse(BaseModel):
    response: str


@app.post("/generate", response_model=LLMResponse)
async def generate_response(user_input: UserInput):
    try:
        completion = await litellm.acompletion(
            model="openai/gpt-4o-mini",
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout as e:
        raise HTTPException(status_code=504, detail="The model timed out.") from e
    except litellm.RateLimitError as e:
        raise HTTPException(status_code=429, detail="The rate limit was reached.") from e
    except litellm.ContextWindowExceededError as e:
        raise HTTPException(status_code=413, detail="The prompt was too long.") from e
    except openai.APIError as e:
        raise HTTPException(status_code=502, detail="The model failed.") from e
    response_text = completion.choices[0].message.content if completion.choices else None
    if not response_text:
        raise HTTPException(status_code=502, detail="The model returned no text.")
    return {"response": response_text}
