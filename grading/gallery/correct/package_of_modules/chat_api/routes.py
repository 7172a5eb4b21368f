from fastapi import APIRouter, HTTPException

from . import llm
from .errors import LLMError
from .schemas import Answer, UserInput

router = APIRouter(tags=["chat"])


@router.post("/generate", summary="Ask the language model")
async def generate(user_input: UserInput) -> Answer:
    try:
        return Answer(response=await llm.answer(user_input.message))
    except LLMError as error:
        raise HTTPException(error.status, error.sentence) from error
