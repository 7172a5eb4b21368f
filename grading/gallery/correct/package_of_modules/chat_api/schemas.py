"""What comes in and what goes out."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Message = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class UserInput(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"message": "Why is the sky blue?"}]})

    message: Message


class Answer(BaseModel):
    response: str
