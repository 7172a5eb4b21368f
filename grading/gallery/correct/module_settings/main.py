import os

import litellm
import openai
from dotenv import load_dotenv
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

load_dotenv()  # LLM_MODEL and the provider's key, if there is a .env file

litellm.request_timeout = 30  # seconds, for every call

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(max_length=4000)


class LLMOutput(BaseModel):
    response: str


def first_text(completion) -> str | None:
    if completion.choices:
        return completion.choices[0].message.content
    return None


@app.post("/generate", response_model=LLMOutput, responses={422: {"description": "Blank or too long"}})
def generate(user_input: UserInput):
    if not user_input.message or user_input.message.isspace():
        raise HTTPException(422, "A blank message cannot be answered.")
    try:
        completion = litellm.completion(
            model=os.environ["LLM_MODEL"],
            messages=[{"content": user_input.message, "role": "user"}],
        )
    except litellm.exceptions.Timeout:
        raise HTTPException(504, "The model did not reply within the time limit.") from None
    except litellm.exceptions.RateLimitError:
        raise HTTPException(429, "The limit of requests is reached for now.") from None
    except litellm.exceptions.ContextWindowExceededError:
        raise HTTPException(413, "The message is longer than the model allows.") from None
    except openai.APIError:
        raise HTTPException(502, "The model had a problem.") from None
    text = first_text(completion)
    if not text:
        raise HTTPException(502, "The model replied with no text.")
    return {"response": text}
