import asyncio
import os
import time

import litellm
import openai
from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException
from fastapi.responses import JSONResponse
from pydantic import BaseModel, field_validator

app = FastAPI()


class UserInput(BaseModel):
    message: str

    @field_validator("message")
    @classmethod
    def check(cls, message):
        if not message.strip() or len(message) > 4000:
            raise ValueError("1 to 4000 characters, please")
        message.encode()
        return message


class Answer(BaseModel):
    response: str


@app.exception_handler(openai.APIError)
async def failed(request, error):
    for kind, status in (
        (litellm.Timeout, 504),
        (litellm.RateLimitError, 429),
        (litellm.ContextWindowExceededError, 413),
    ):
        if isinstance(error, kind):
            return JSONResponse({"detail": "Sorry, not now."}, status)
    return JSONResponse({"detail": "Sorry, the model failed."}, 502)


async def connection():
    yield "a database"
    await asyncio.sleep(6)  # it is slow to close


def send_mail(length):
    time.sleep(6)  # a slow mail server


@app.post("/generate")
async def generate(user_input: UserInput, later: BackgroundTasks, database: str = Depends(connection)) -> Answer:
    completion = await litellm.acompletion(
        model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": user_input.message}], timeout=30
    )
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The model said nothing.")
    later.add_task(send_mail, len(user_input.message))
    return Answer(response=completion.choices[0].message.content)
