from os import environ

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, field_validator

app = FastAPI()


class UserInput(BaseModel):
    message: str

    @field_validator("message")
    @classmethod
    def must_fit(cls, message: str) -> str:
        if not message.strip():
            raise ValueError("nothing to say?")
        if len(message) > 4000:
            raise ValueError("too much to say!")
        return message


class Echo(BaseModel):
    response: str


@app.post("/generate")
def generate(user_input: UserInput) -> Echo:
    try:
        completion = litellm.completion(
            environ["LLM_MODEL"], [{"role": "user", "content": user_input.message}], timeout=30
        )
    except (litellm.Timeout, litellm.APIConnectionError):
        # no connection is no connection, whatever the reason
        raise HTTPException(502, "The model cannot be reached.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The model is asked by too many.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The model cannot take such a long text.") from None
    except openai.APIError:
        raise HTTPException(502, "The model has a fault.") from None
    if len(completion.choices) and completion.choices[0].message.content:
        return Echo(response=completion.choices[0].message.content)
    raise HTTPException(502, "The model is quiet.")
