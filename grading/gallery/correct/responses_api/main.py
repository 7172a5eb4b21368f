import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


def text_of(answer) -> str:
    parts = (part for item in answer.output if item.type == "message" for part in item.content)
    return "".join(part.text for part in parts if part.type == "output_text" and part.text)


@app.post("/generate")
async def generate(user_input: UserInput) -> UserOutput:
    try:
        answer = await litellm.aresponses(
            model=os.environ["LLM_MODEL"],
            input=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout as error:
        raise HTTPException(504, "No response in time.") from error
    except litellm.RateLimitError as error:
        raise HTTPException(429, "No more responses for now.") from error
    except litellm.ContextWindowExceededError as error:
        raise HTTPException(413, "Too much to respond to.") from error
    except openai.APIError as error:
        raise HTTPException(502, "No response.") from error
    if not (text := text_of(answer)):
        raise HTTPException(502, "A response without text.")
    return UserOutput(response=text)
