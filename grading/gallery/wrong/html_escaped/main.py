import html
import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")

    def safe(self) -> str:
        """Never trust user input!"""
        return html.escape(self.message)


class SafeOutput(BaseModel):
    response: str


@app.post("/generate", response_model=SafeOutput)
async def generate(user_input: UserInput):
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.safe()}],
            timeout=30,
        )
    except litellm.Timeout:
        raise HTTPException(504, "The model took too much time.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "The model took too many calls.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "The model took fright at the length.") from None
    except openai.APIError:
        raise HTTPException(502, "The model took a break.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The model gave an empty answer.")
    return SafeOutput(response=completion.choices[0].message.content)
