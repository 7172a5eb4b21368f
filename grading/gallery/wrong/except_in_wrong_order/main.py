import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class Result(BaseModel):
    response: str


@app.post("/generate", response_model=Result)
async def generate(user_input: UserInput):
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.AuthenticationError:
        raise HTTPException(502, "We are not logged in at the model.") from None
    except litellm.NotFoundError:
        raise HTTPException(502, "We asked for a model that does not exist.") from None
    except litellm.BadRequestError:
        raise HTTPException(502, "We asked the model in a wrong way.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "We asked the model too long a question.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "We asked the model too often.") from None
    except litellm.Timeout:
        raise HTTPException(504, "We asked the model, but it thinks and thinks.") from None
    except openai.APIError:
        raise HTTPException(502, "We asked the model, but it failed.") from None
    text = completion.choices[0].message.content if completion.choices else None
    if not text:
        raise HTTPException(502, "We asked the model, but it said nothing.")
    return Result(response=text)
