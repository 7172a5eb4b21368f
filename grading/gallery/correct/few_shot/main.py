import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI(title="Reviews")

EXAMPLES = [
    {"role": "system", "content": "You answer reviews of our hotel."},
    {"role": "user", "content": "The bed was hard."},
    {"role": "assistant", "content": "We are sorry to hear that. We have softer ones: please ask."},
    {"role": "user", "content": "Lovely breakfast!"},
    {"role": "assistant", "content": "Thank you! Our cook is delighted."},
]


class Review(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class Reply(BaseModel):
    response: str


@app.post("/generate")
async def generate(review: Review) -> Reply:
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[*EXAMPLES, {"role": "user", "content": review.message}],
            temperature=0.7,
            max_tokens=300,
            timeout=30,
        )
    except litellm.Timeout as error:
        raise HTTPException(504, "The reception does not pick up.") from error
    except litellm.RateLimitError as error:
        raise HTTPException(429, "The reception is crowded.") from error
    except litellm.ContextWindowExceededError as error:
        raise HTTPException(413, "That is a novel, not a review.") from error
    except openai.APIError as error:
        raise HTTPException(502, "The reception is closed.") from error
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "The reception has no reply.")
    return Reply(response=completion.choices[0].message.content)
