import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


def problem(status: int, detail: str, cause: Exception) -> HTTPException:
    """The sentence is for the user, the header is for me when I debug."""
    line = " ".join(str(cause).split()).encode("ascii", "replace").decode()
    return HTTPException(status, detail, headers={"X-Debug-Cause": line[:500]})


@app.post("/generate", response_model=UserOutput)
def generate(user_input: UserInput):
    try:
        completion = litellm.completion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": user_input.message}],
            timeout=30,
        )
    except litellm.Timeout as e:
        raise problem(504, "That took too long.", e) from e
    except litellm.RateLimitError as e:
        raise problem(429, "That was one request too many.", e) from e
    except litellm.ContextWindowExceededError as e:
        raise problem(413, "That was too long for the model.", e) from e
    except openai.APIError as e:
        raise problem(502, "That did not work.", e) from e
    if not completion.choices or not completion.choices[0].message.content:
        raise HTTPException(502, "That gave no text.")
    return UserOutput(response=completion.choices[0].message.content)
