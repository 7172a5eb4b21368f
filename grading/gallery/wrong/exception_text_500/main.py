import os

import litellm
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI()


class UserInput(BaseModel):
    message: str = Field(min_length=1, max_length=4000, pattern=r"\S")


class UserOutput(BaseModel):
    response: str


@app.post("/generate", response_model=UserOutput)
async def generate_response(user_input: UserInput):
    try:
        prompt = user_input.message
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": prompt}],
            timeout=30,
        )
        response_text = completion.choices[0].message.content
        if not response_text:
            raise ValueError("empty response")
        return {"response": response_text}
    except Exception as e:
        raise HTTPException(status_code=500, detail=str(e)) from e
