import os

import requests
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

URL = "https://api.openai.com/v1/chat/completions"

app = FastAPI()


class Question(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class Reply(BaseModel):
    response: str


@app.post("/generate")
def generate(question: Question) -> Reply:
    try:
        r = requests.post(
            URL,
            headers={"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"},
            json={
                "model": os.environ["LLM_MODEL"].split("/")[-1],
                "messages": [{"role": "user", "content": question.message}],
            },
            timeout=30,
        )
        text = r.json()["choices"][0]["message"]["content"]
    except requests.Timeout:
        raise HTTPException(504, "OpenAI is slow today.") from None
    except Exception:
        raise HTTPException(502, "OpenAI does not answer.") from None
    if r.status_code == 429:
        raise HTTPException(429, "OpenAI is busy.")
    if not text:
        raise HTTPException(502, "OpenAI has no answer.")
    return Reply(response=text)
