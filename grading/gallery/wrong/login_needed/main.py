import os
from typing import Annotated

import litellm
import openai
from fastapi import Depends, FastAPI, HTTPException, Security
from fastapi.security import APIKeyHeader
from pydantic import BaseModel, StringConstraints

app = FastAPI(title="For members")
api_key = APIKeyHeader(name="X-API-Key", auto_error=False)


def member(key: Annotated[str | None, Security(api_key)]) -> str:
    if key is None or key != os.environ.get("SERVICE_KEY", "change-me"):
        raise HTTPException(401, "Please send your key.")
    return key


class Question(BaseModel):
    message: Annotated[str, StringConstraints(max_length=4000, pattern=r"\S")]


class Reply(BaseModel):
    response: str


@app.post("/generate", dependencies=[Depends(member)])
async def generate(question: Question) -> Reply:
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": question.message}], timeout=30
        )
    except litellm.Timeout:
        raise HTTPException(504, "The model took too long.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The model is busy.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The model cannot read as much.") from None
    except openai.APIError:
        raise HTTPException(502, "The model failed.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The model said nothing.")
    return Reply(response=completion.choices[0].message.content)
