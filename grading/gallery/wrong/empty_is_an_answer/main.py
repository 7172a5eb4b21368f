import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class LLMAnswer(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput) -> LLMAnswer:
    try:
        llm_answer = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout as error:
        raise HTTPException(504, "LLM does not answer.") from error
    except litellm.RateLimitError as error:
        raise HTTPException(429, "LLM has too much to do.") from error
    except litellm.ContextWindowExceededError as error:
        raise HTTPException(413, "LLM cannot read that much text.") from error
    except openai.APIError as error:
        raise HTTPException(502, "LLM has an error.") from error
    if not llm_answer.choices:
        raise HTTPException(502, "LLM sends no choices.")
    text = llm_answer.choices[0].message.content
    if text is None:
        raise HTTPException(502, "LLM sends no text.")
    return LLMAnswer(response=text)
