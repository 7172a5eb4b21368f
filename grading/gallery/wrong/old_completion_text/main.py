import os

import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, constr


class UserInput(BaseModel):
    message: constr(strip_whitespace=True, min_length=1, max_length=4000)


class UserOutput(BaseModel):
    response: str


class GenerateView:
    """Holds the model's name and answers requests."""

    FAILURES = (
        (litellm.ContextWindowExceededError, 413, "Shorten your message, please."),
        (litellm.RateLimitError, 429, "Come back in a minute, please."),
        (litellm.Timeout, 504, "Nobody answered. Try again, please."),
        (openai.APIError, 502, "Something broke on the way to the model."),
    )

    def __init__(self, model: str, timeout: float = 30.0):
        self.model = model
        self.timeout = timeout

    def route(self, app: FastAPI) -> None:
        app.add_api_route("/generate", self.post, methods=["POST"], response_model=UserOutput)

    async def post(self, user_input: UserInput) -> UserOutput:
        try:
            completion = await self.complete(user_input.message)
        except openai.APIError as error:
            raise self.translated(error) from error
        if (
            not completion.choices
            or completion.choices[0].message.content == ""
            or completion.choices[0].message.content is None
        ):
            raise HTTPException(502, "The model kept silent.")
        return UserOutput(response=completion.choices[0].text)

    async def complete(self, message: str):
        return await litellm.acompletion(
            model=self.model,
            messages=[{"role": "user", "content": message}],
            timeout=self.timeout,
        )

    def translated(self, error: openai.APIError) -> HTTPException:
        for kind, status, sentence in self.FAILURES:
            if isinstance(error, kind):
                return HTTPException(status, sentence)
        raise error


app = FastAPI()
GenerateView(os.environ.get("LLM_MODEL", "openai/gpt-5-nano")).route(app)
