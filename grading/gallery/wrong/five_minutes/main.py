import litellm
import openai
import settings
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=settings.MAX_CHARACTERS, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.post("/generate", response_model=UserOutput)
async def generate(user_input: UserInput):
    try:
        completion = await litellm.acompletion(
            model=settings.MODEL,
            messages=[{"role": "user", "content": user_input.message}],
            timeout=settings.TIMEOUT,
        )
    except litellm.Timeout:
        raise HTTPException(504, "Even five minutes were not enough.") from None
    except litellm.RateLimitError:
        raise HTTPException(429, "Too many people ask.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(413, "Too much is asked.") from None
    except openai.APIError:
        raise HTTPException(502, "Nobody is there to be asked.") from None
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "Nobody answers.")
    return UserOutput(response=completion.choices[0].message.content)
