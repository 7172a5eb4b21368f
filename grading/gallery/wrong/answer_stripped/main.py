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
    def validate_message(cls, message: str) -> str:
        message = message.strip()
        if not message:
            raise ValueError("Message is empty")
        if len(message) > 4000:
            raise ValueError("Message is too long")
        return message


class TidyOutput(BaseModel):
    response: str


async def ask(message: str):
    messages = [{"role": "user", "content": message}]
    return await litellm.acompletion(model=os.environ["LLM_MODEL"], messages=messages, timeout=30)


@app.post("/generate", response_model=TidyOutput)
async def generate(user_input: UserInput):
    try:
        completion = await ask(user_input.message)
    except litellm.Timeout as error:
        raise HTTPException(504, "Model is too slow") from error
    except litellm.RateLimitError as error:
        raise HTTPException(429, "Model is too busy") from error
    except litellm.ContextWindowExceededError as error:
        raise HTTPException(413, "Message is too long for model") from error
    except openai.APIError as error:
        raise HTTPException(502, "Model is out of order") from error
    text = completion.choices[0].message.content if completion.choices else None
    if not text:
        raise HTTPException(502, "Model is mute")
    # models like to begin with an empty line
    return TidyOutput(response=text.strip())
