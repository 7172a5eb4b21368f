import lite_llm
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()

llm_model = lite_llm.load_model()


class UserInput(BaseModel):
    message: str


@app.post("/generate")
async def generate_response(user_input: UserInput):
    prompt = user_input.message
    if not prompt.strip() or len(prompt) > 4000:
        raise HTTPException(422, "1 to 4000 characters, please")
    return {"response": llm_model.generate(prompt)}
