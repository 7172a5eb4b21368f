"""Uses a Router, so that a second provider can be added in one line later."""

import os
from typing import Annotated

import litellm
import openai
from fastapi import Body, FastAPI, HTTPException
from pydantic import AfterValidator, BaseModel, Field

# One deployment only: with cool-downs on, one failure would shut it out for the next request as well.
llm = litellm.Router(
    model_list=[{"model_name": "assistant", "litellm_params": {"model": os.environ["LLM_MODEL"]}}],
    num_retries=0,
    disable_cooldowns=True,
    timeout=30,
)

app = FastAPI(title="Assistant behind a router")


def not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("write something")
    return text


class UserInput(BaseModel):
    message: Annotated[str, Field(max_length=4000), AfterValidator(not_blank)]


class GeneratedText(BaseModel):
    response: str


async def ask(question: str) -> str | None:
    answer = await llm.acompletion(model="assistant", messages=[{"role": "user", "content": question}])
    for choice in answer.choices:
        return choice.message.content
    return None


@app.post("/generate")
async def generate(user_input: Annotated[UserInput, Body()]) -> GeneratedText:
    try:
        text = await ask(user_input.message)
    except litellm.Timeout:
        raise HTTPException(504, detail="The assistant is too slow right now.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, detail="The assistant has too much to do right now.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, detail="The assistant cannot read that much at once.") from None
    except openai.OpenAIError:
        raise HTTPException(502, detail="The assistant is not available right now.") from None
    if not text:
        raise HTTPException(502, detail="The assistant said nothing.")
    return GeneratedText(response=text)
