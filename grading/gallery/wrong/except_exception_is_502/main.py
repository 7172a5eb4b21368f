"""Text generation for the intranet."""

import os

import litellm
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI(title="Text generation")


class Prompt(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class Generated(BaseModel):
    response: str


@app.post("/generate", response_model=Generated)
async def generate(prompt: Prompt):
    try:
        result = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": prompt.message}],
            timeout=45,
        )
    except litellm.Timeout:
        raise HTTPException(504, "The service took too long.")
    except litellm.RateLimitError:
        raise HTTPException(429, "The service has too much to do.")
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The service cannot read so much at once.")
    except Exception:
        raise HTTPException(502, "The service failed.")
    text = result.choices[0].message.content if result.choices else None
    if not text:
        raise HTTPException(502, "The service returned nothing.")
    return {"response": text}
