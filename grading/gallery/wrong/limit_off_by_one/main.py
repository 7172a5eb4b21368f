import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

MAX_LENGTH = 4000

app = FastAPI()


class UserInput(BaseModel):
    message: str


class Answer(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> Answer:
    message = user_input.message.strip()
    if message == "":
        raise HTTPException(422, "The message is empty.")
    if len(message) >= MAX_LENGTH:
        raise HTTPException(422, f"The message has more than {MAX_LENGTH} characters.")

    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": message}], timeout=30
        )
    except litellm.Timeout as e:
        raise HTTPException(504, "The answer took too long.") from e
    except litellm.RateLimitError as e:
        raise HTTPException(429, "The answer has to wait: too many requests.") from e
    except litellm.ContextWindowExceededError as e:
        raise HTTPException(413, "The answer is impossible: too much text.") from e
    except openai.APIError as e:
        raise HTTPException(502, "The answer is impossible right now.") from e
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The answer is empty.")
    return Answer(response=completion.choices[0].message.content)
