import os
from collections import defaultdict, deque
from typing import Annotated

import litellm
import openai
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, Field

app = FastAPI(title="Chat with a memory")

# One short history for each session; a client that names none has none.
histories: defaultdict[str, deque] = defaultdict(lambda: deque(maxlen=6))


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")
    temperature: float = Field(default=0.7, ge=0, le=2)


class UserOutput(BaseModel):
    response: str


@app.post("/generate")
async def generate(user_input: UserInput, x_session: Annotated[str | None, Header()] = None) -> UserOutput:
    history = histories[x_session] if x_session else deque()
    question = {"role": "user", "content": user_input.message}
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[*history, question],
            temperature=user_input.temperature,
            timeout=30,
        )
    except litellm.Timeout:
        raise HTTPException(504, "I lost the thread.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "One after another, please.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "We have talked for too long.") from None
    except openai.APIError:
        raise HTTPException(502, "I cannot talk now.") from None
    text = completion.choices[0].message.content if completion.choices else None
    if not text:
        raise HTTPException(502, "I have nothing to say.")
    history.extend([question, {"role": "assistant", "content": text}])
    return UserOutput(response=text)
