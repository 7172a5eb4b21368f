import json
import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field


class PrettyJSON(JSONResponse):
    """Easier to read in a terminal."""

    media_type = "application/json; charset=utf-8"

    def render(self, content) -> bytes:
        return json.dumps(content, ensure_ascii=False, indent=2).encode()


app = FastAPI(title="Pretty", default_response_class=PrettyJSON)


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout:
        raise HTTPException(504, "The painter did not finish in time.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The painter has enough to do.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The canvas is too small.") from None
    except openai.APIError:
        raise HTTPException(502, "The painter is out.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The canvas is blank.")
    return UserOutput(response=completion.choices[0].message.content)
