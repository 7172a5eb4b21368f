import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(max_length=4000)


class UserOutput(BaseModel):
    response: str


@app.post("/generate", response_model=UserOutput)
def generate(user_input: UserInput):
    if not user_input.message.strip():
        raise HTTPException(status_code=400, detail="Message must not be empty.")
    try:
        completion = litellm.completion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout as e:
        raise HTTPException(status_code=504, detail="Model is too slow.") from e
    except litellm.RateLimitError as e:
        raise HTTPException(status_code=429, detail="Model is overloaded.") from e
    except litellm.ContextWindowExceededError as e:
        raise HTTPException(status_code=413, detail="Message is too long for the model.") from e
    except openai.APIError as e:
        raise HTTPException(status_code=502, detail="Model is not available.") from e
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(status_code=502, detail="Model has sent no text.")
    return UserOutput(response=completion.choices[0].message.content)
