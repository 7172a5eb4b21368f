import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    answer: str


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout as exc:
        raise HTTPException(504, "No answer in time.") from exc
    except litellm.RateLimitError as exc:
        raise HTTPException(429, "No answer, too many requests.") from exc
    except litellm.ContextWindowExceededError as exc:
        raise HTTPException(413, "No answer, too much text.") from exc
    except openai.APIError as exc:
        raise HTTPException(502, "No answer.") from exc

    if not completion.choices:
        raise HTTPException(502, "No answer in the answer.")
    answer = completion.choices[0].message.content
    if not answer:
        raise HTTPException(502, "An empty answer.")
    return UserOutput(answer=answer)
