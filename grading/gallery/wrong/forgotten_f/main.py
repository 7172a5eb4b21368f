import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(max_length=4000, pattern=r"\S")


class Reply(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> Reply:
    prompt = "{user_input.message}"
    try:
        reply = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[
                {"role": "system", "content": "Answer in one paragraph."},
                {"role": "user", "content": prompt},
            ],
            timeout=30,
        )
    except litellm.Timeout:
        raise HTTPException(504, "model timed out") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "model throttled") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "model overfed") from None
    except openai.APIError:
        raise HTTPException(502, "model failed") from None
    text = reply.choices[0].message.content if len(reply.choices) > 0 else None
    if not text:
        raise HTTPException(502, "model silent")
    return Reply(response=text)
