import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()


class Generated(BaseModel):
    response: str


@app.post("/generate")
async def generate(message: str) -> Generated:
    if not message.strip() or len(message) > 4000:
        raise HTTPException(422, "One to 4000 characters!")
    try:
        c = await litellm.acompletion(
            model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": message}], timeout=30
        )
    except litellm.Timeout:
        raise HTTPException(504, "Too slow!") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "Too many!") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "Too long!") from None
    except openai.APIError:
        raise HTTPException(502, "Out of order!") from None
    if not c.choices or not c.choices[0].message.content:
        raise HTTPException(502, "Nothing came back!")
    return Generated(response=c.choices[0].message.content)
