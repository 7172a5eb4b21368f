import os

import litellm
from fastapi import FastAPI, HTTPException
from litellm.exceptions import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    BadGatewayError,
    BadRequestError,
    ContextWindowExceededError,
    InternalServerError,
    NotFoundError,
    RateLimitError,
    ServiceUnavailableError,
    Timeout,
)
from pydantic import BaseModel, Field

app = FastAPI(title="LLM gateway")


class GenerateRequest(BaseModel):
    message: str = Field(..., min_length=1, max_length=4000, pattern=r"\S")


class GenerateResponse(BaseModel):
    response: str


@app.post("/generate", response_model=GenerateResponse)
async def generate(request: GenerateRequest):
    try:
        response = await litellm.acompletion(
            model=os.getenv("LLM_MODEL", "openai/gpt-4o-mini"),
            messages=[{"role": "user", "content": request.message}],
            temperature=0.7,
            timeout=30,
        )
    except Timeout:
        raise HTTPException(status_code=504, detail="LLM request timed out")
    except RateLimitError:
        raise HTTPException(status_code=429, detail="LLM rate limit reached")
    except ContextWindowExceededError:
        raise HTTPException(status_code=413, detail="Prompt exceeds the context window")
    except (AuthenticationError, BadRequestError, NotFoundError):
        raise HTTPException(status_code=502, detail="LLM request was rejected")
    except (APIConnectionError, ServiceUnavailableError, InternalServerError, BadGatewayError, APIError):
        raise HTTPException(status_code=502, detail="LLM provider unavailable")
    if not response["choices"] or not response["choices"][0]["message"]["content"]:
        raise HTTPException(status_code=502, detail="LLM returned no content")
    return GenerateResponse(response=response["choices"][0]["message"]["content"])
