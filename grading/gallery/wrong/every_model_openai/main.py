import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

# openai/ tells LiteLLM which protocol to speak; the rest is the model's name
NAME = os.environ["LLM_MODEL"].split("/")[-1]
MODEL = f"openai/{NAME}"

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.post("/generate")
def generate(user_input: UserInput) -> UserOutput:
    try:
        completion = litellm.completion(MODEL, messages=[{"role": "user", "content": user_input.message}], timeout=30)
    except litellm.Timeout:
        raise HTTPException(504, "Took too long") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "Asked too often") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "Asked too much") from None
    except openai.APIError:
        raise HTTPException(502, "Asked in vain") from None
    if completion.choices and completion.choices[0].message.content:
        return UserOutput(response=completion.choices[0].message.content)
    raise HTTPException(502, "No text in the answer")
