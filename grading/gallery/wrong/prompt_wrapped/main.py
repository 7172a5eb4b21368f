import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, field_validator

PROMPT = """You are a helpful assistant.
Answer the following message in a friendly way:

{message}"""

app = FastAPI()


class UserInput(BaseModel):
    message: str

    @field_validator("message")
    @classmethod
    def check_message(cls, value):
        if len(value) > 4000 or not value.strip():
            raise ValueError("between 1 and 4000 characters")
        return value


class Friendly(BaseModel):
    response: str


@app.post("/generate", response_model=Friendly)
async def generate(user_input: UserInput):
    prompt = PROMPT.replace("{message}", user_input.message)
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": prompt}], timeout=30
        )
    except litellm.Timeout as exc:
        raise HTTPException(504, "I need more time than you have. Sorry!") from exc
    except litellm.RateLimitError as exc:
        raise HTTPException(429, "Everybody talks to me at once. Sorry!") from exc
    except litellm.ContextWindowExceededError as exc:
        raise HTTPException(413, "That is too much for my small head. Sorry!") from exc
    except openai.APIError as exc:
        raise HTTPException(502, "I do not feel well. Sorry!") from exc
    text = completion.choices[0].message.content if completion.choices else None
    if not text:
        raise HTTPException(502, "I am speechless. Sorry!")
    return Friendly(response=text)
