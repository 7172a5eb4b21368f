"""A friendly librarian on POST /generate."""

import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, field_validator

SYSTEM_PROMPT = """You are a librarian who loves short answers.
If you do not know, say so."""

app = FastAPI(title="Librarian")


class UserInput(BaseModel):
    message: str

    @field_validator("message", mode="after")
    @classmethod
    def tidy(cls, message: str) -> str:
        message = message.strip()
        if not 1 <= len(message) <= 4000:
            raise ValueError("1 to 4000 characters, please")
        return message


class Answer(BaseModel):
    response: str


@app.post("/generate")
async def ask_the_librarian(question: UserInput) -> Answer:
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[
                {"role": "system", "content": SYSTEM_PROMPT},
                {"role": "user", "content": question.message},
            ],
            temperature=0.3,
            max_tokens=500,
            drop_params=True,  # some models refuse a temperature
            timeout=30,
        )
    except litellm.RateLimitError as e:
        raise HTTPException(429, "The librarian has a queue. Please wait.") from e
    except litellm.ContextWindowExceededError as e:
        raise HTTPException(413, "The librarian cannot read that much.") from e
    except litellm.Timeout as e:
        raise HTTPException(504, "The librarian is still searching. Please ask again.") from e
    except openai.APIError as e:
        raise HTTPException(502, "The library is closed.") from e

    text = completion.choices[0].message.content if completion.choices else None
    if not text:
        raise HTTPException(502, "The librarian only shrugged.")
    return Answer(response=text)
