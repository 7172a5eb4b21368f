import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()

LABELS = ("Assistant: ", "AI: ", "Bot: ")


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


def without_label(text: str) -> str:
    for label in LABELS:
        text = text.removeprefix(label)
    return text


@app.post("/generate", response_model=UserOutput)
def generate(user_input: UserInput):
    try:
        completion = litellm.completion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout:
        raise HTTPException(504, "The actor missed the cue.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The actor is on another stage.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The actor cannot learn so many lines.") from None
    except openai.APIError:
        raise HTTPException(502, "The theatre is closed.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The actor forgot the text.")
    return UserOutput(response=without_label(completion.choices[0].message.content))
