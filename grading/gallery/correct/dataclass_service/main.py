from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Annotated, Any

import litellm
import openai
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, Field


class ServiceError(Exception):
    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


@dataclass(frozen=True)
class TextService:
    model: str
    timeout: int = 15

    def generate(self, prompt: str) -> str:
        return self.text_of(self.call([{"role": "user", "content": prompt}]))

    def call(self, messages: list[dict[str, str]]) -> Any:
        try:
            return litellm.completion(model=self.model, messages=messages, timeout=self.timeout)
        except litellm.Timeout as err:
            raise ServiceError(504, "The service waited too long for the model.") from err
        except litellm.RateLimitError as err:
            raise ServiceError(429, "The service has used up its share for the moment.") from err
        except litellm.ContextWindowExceededError as err:
            raise ServiceError(413, "The model cannot take a text of this length.") from err
        except openai.APIError as err:
            raise ServiceError(502, "The service got no answer from the model.") from err

    @staticmethod
    def text_of(completion: Any) -> str:
        match completion.choices:
            case [first, *_] if first.message.content:
                return first.message.content
        raise ServiceError(502, "The service got an empty answer from the model.")


def text_service() -> TextService:
    return TextService(model=os.environ["LLM_MODEL"])


class UserInput(BaseModel):
    message: Annotated[str, Field(min_length=1, max_length=4000, pattern=r"\S")]


class UserOutput(BaseModel):
    response: str


app = FastAPI()


@app.post("/generate")
def generate(user_input: UserInput, service: Annotated[TextService, Depends(text_service)]) -> UserOutput:
    try:
        return UserOutput(response=service.generate(user_input.message))
    except ServiceError as err:
        raise HTTPException(err.status, err.sentence) from err
