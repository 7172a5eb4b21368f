import os

import litellm
from fastapi import FastAPI, HTTPException
from openai import APIError
from pydantic import BaseModel, Field, field_validator

MODEL = os.environ["LLM_MODEL"]
TIMEOUT_SECONDS = 45

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, description="What to ask the model")

    @field_validator("message")
    @classmethod
    def must_say_something(cls, value: str) -> str:
        if value.isspace():
            raise ValueError("the message is blank")
        return value


class ModelAnswer(BaseModel):
    response: str = Field(description="What the model said")


# A plain def: FastAPI runs it in a thread, so waiting here stops nobody else.
@app.get("/generate", response_model=ModelAnswer)
def generate(user_input: UserInput):
    try:
        result = litellm.completion(
            model=MODEL,
            messages=[{"role": "user", "content": user_input.message}],
            timeout=TIMEOUT_SECONDS,
        )
    except litellm.RateLimitError:
        raise HTTPException(status_code=429, detail="Too many questions at once, try later.") from None
    except litellm.Timeout:
        raise HTTPException(status_code=504, detail="No answer in time, try later.") from None
    except litellm.ContextWindowExceededError:
        raise HTTPException(status_code=413, detail="Too much text for the model.") from None
    except APIError:
        raise HTTPException(status_code=502, detail="Something went wrong at the model's side.") from None

    if len(result.choices) == 0 or not result.choices[0].message.content:
        raise HTTPException(status_code=502, detail="The model sent back nothing.")
    return {"response": result.choices[0].message.content}


if __name__ == "__main__":
    import uvicorn

    uvicorn.run("main:app", reload=True)
