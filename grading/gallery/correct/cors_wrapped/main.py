"""Made to be called from a web page, so CORS headers are on every answer, errors included."""

import os
import uuid
from typing import Annotated

import litellm
import openai
from fastapi import Body, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from pydantic import BaseModel

api = FastAPI()


class Answer(BaseModel):
    response: str


@api.exception_handler(RequestValidationError)
async def short_422(request: Request, exc: RequestValidationError) -> JSONResponse:
    # FastAPI's list of errors is too technical for our page.
    return JSONResponse({"detail": "Please send a text of 1 to 4000 characters."}, status_code=422)


Message = Annotated[str, Body(embed=True, min_length=1, max_length=4000, pattern=r"\S")]


@api.post("/generate")
async def generate(message: Message, response: Response) -> Answer:
    response.headers["X-Request-ID"] = uuid.uuid4().hex
    response.headers["Cache-Control"] = "no-store"
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": message}],
            timeout=25,
        )
    except litellm.Timeout:
        raise HTTPException(504, "That took too long, please try again.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "Lots of people are asking, please try again.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "That is too long, please cut it.") from None
    except openai.APIError:
        raise HTTPException(502, "That did not work, please try again.") from None
    if not completion.choices:
        raise HTTPException(502, "No answer came, please try again.")
    text = completion.choices[0].message.content
    if not text:
        raise HTTPException(502, "An empty answer came, please try again.")
    return Answer(response=text)


# Outside of everything, so that a 500 has the headers, too.
app = CORSMiddleware(api, allow_origins=["http://localhost:3000"], allow_methods=["POST"], allow_headers=["*"])
