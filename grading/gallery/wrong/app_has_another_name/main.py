import os

import litellm
import openai
import uvicorn
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

server = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class Response(BaseModel):
    response: str


@server.post("/generate")
async def generate(user_input: UserInput) -> Response:
    try:
        r = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout:
        raise HTTPException(504, "Sorry, too slow.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "Sorry, too busy.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "Sorry, too long.") from None
    except openai.APIError:
        raise HTTPException(502, "Sorry, that failed.") from None
    if not r.choices or not r.choices[0].message.content:
        raise HTTPException(502, "Sorry, no answer.")
    return Response(response=r.choices[0].message.content)


if __name__ == "__main__":
    uvicorn.run(server)
