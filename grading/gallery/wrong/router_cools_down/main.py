import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()

router = litellm.Router(
    model_list=[{"model_name": "main", "litellm_params": {"model": os.environ["LLM_MODEL"], "timeout": 30}}],
    num_retries=0,
)


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.post("/generate", response_model=UserOutput)
async def generate(user_input: UserInput):
    messages = [{"role": "user", "content": user_input.message}]
    try:
        completion = await router.acompletion(model="main", messages=messages)
    except litellm.Timeout as exc:
        raise HTTPException(504, "All models are too slow.") from exc
    except litellm.RateLimitError as exc:
        raise HTTPException(429, "All models are busy.") from exc
    except litellm.ContextWindowExceededError as exc:
        raise HTTPException(413, "The message is too long for all models.") from exc
    except (openai.APIError, litellm.types.router.RouterRateLimitError) as exc:
        raise HTTPException(502, "No model is available.") from exc
    text = completion.choices[0].message.content if completion.choices else None
    if not text:
        raise HTTPException(502, "No model has an answer.")
    return UserOutput(response=text)
