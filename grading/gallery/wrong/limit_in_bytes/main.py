import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, field_validator

app = FastAPI()


class UserInput(BaseModel):
    message: str

    @field_validator("message")
    @classmethod
    def limit(cls, message: str) -> str:
        size = len(message.encode("utf-8"))
        if not message.strip():
            raise ValueError("message is blank")
        if size > 4000:
            raise ValueError(f"message has a length of {size}")
        return message


class UserOutput(BaseModel):
    response: str


@app.post("/generate")
def generate(user_input: UserInput) -> UserOutput:
    try:
        completion = litellm.completion(
            os.environ["LLM_MODEL"], [{"role": "user", "content": user_input.message}], timeout=30
        )
    except litellm.Timeout:
        raise HTTPException(504, "no reply in time") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "no reply, too many requests") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "no reply, message too long") from None
    except openai.APIError:
        raise HTTPException(502, "no reply") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "empty reply")
    return UserOutput(response=completion.choices[0].message.content)
