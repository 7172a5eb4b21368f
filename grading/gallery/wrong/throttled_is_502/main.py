"""A small gateway to a language model."""

import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI(title="Gateway")


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class GatewayAnswer(BaseModel):
    response: str


BAD_GATEWAY = HTTPException(502, "The language model behind this gateway failed.")


@app.post("/generate", response_model=GatewayAnswer)
async def generate(user_input: UserInput):
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.ContextWindowExceededError as exc:
        raise HTTPException(413, "The text does not fit into the language model.") from exc
    except litellm.Timeout as exc:
        raise HTTPException(504, "The language model behind this gateway is too slow.") from exc
    except openai.APIError as exc:
        raise BAD_GATEWAY from exc
    if not completion.choices or not completion.choices[0].message.content:
        raise BAD_GATEWAY
    return GatewayAnswer(response=completion.choices[0].message.content)
