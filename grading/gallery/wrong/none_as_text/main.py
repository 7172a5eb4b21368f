import litellm
import openai
from fastapi import FastAPI, HTTPException
from llm import complete
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class Text(BaseModel):
    response: str


@app.post("/generate", response_model=Text)
async def generate(user_input: UserInput):
    try:
        text = await complete(user_input.message)
    except litellm.Timeout as e:
        raise HTTPException(504, "There was no answer in time.") from e
    except litellm.RateLimitError as e:
        raise HTTPException(429, "There were too many requests.") from e
    except litellm.ContextWindowExceededError as e:
        raise HTTPException(413, "There was too much text.") from e
    except openai.APIError as e:
        raise HTTPException(502, "There was a failure.") from e
    if text == "":
        raise HTTPException(502, "There was no text.")
    return Text(response=text)
