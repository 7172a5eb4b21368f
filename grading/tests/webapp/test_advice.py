"""Students' frequent mistakes, each as a whole program: the message names the cause and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grading.results.failure import EXPLANATION, ContractBroken
from grading.suite.contract import Expect
from grading.suite.describe import describe_answer
from grading.tests.programs import ENVIRONMENT, write
from grading.webapp.client import AppDidNotStart
from grading.webapp.loading import running_app

HEAD = """
import os
import litellm
import openai
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
app = FastAPI()
class Answer(BaseModel):
    response: str
"""
ROUTE = HEAD + '@app.post("/")\nasync def generate() -> Answer:\n    '
UNTYPED = HEAD + '@app.post("/")\nasync def generate():\n    '
MOCK = 'model="openai/x", messages=[], mock_response="Hi"'
CRASHES = {
    "await-on-a-sync-call": (f"{UNTYPED}return await litellm.completion({MOCK})", "remove `await`"),
    "no-return": (f"{ROUTE}Answer(response='x')", "Your function generate returned None"),
    "returned-exception": (f"{ROUTE}return HTTPException(422, 'no')", "Raise it: raise HTTPException(...)"),
    "wrong-key": (f"{ROUTE}return {{'reply': 'x'}}", "a dict with reply; its type requires the key response"),
    "wrong-type": (f"{ROUTE}return {{'response': 5}}", "response is of type int"),
    "near-miss": (f"{UNTYPED}return litellm.acomplete()", "Did you mean litellm.acompletion?"),
    "no-such-thing": (f"{UNTYPED}return litellm.load_model()", "LiteLLM is not a model"),
    "near-miss-of-a-variable": (f"{UNTYPED}return os.environ['LLM_MODLE']", "Did you mean that by LLM_MODLE?"),
    "except-that-does-not-catch": (
        f"{UNTYPED}try:\n        raise litellm.Timeout('late', 'x', 'y')\n    except litellm.APIError:\n        pass",
        "catches litellm.APIError: Timeout is not a subclass of it",
    ),
    "openais-own-client": (
        f"{UNTYPED}os.environ.pop('OPENAI_API_KEY', None)\n    openai.OpenAI()",
        "This is OpenAI's own client",
    ),
}
ANSWERS = {
    "returned-exception": (f"{UNTYPED}return HTTPException(422, 'no')", "is raised, not returned"),
    "the-whole-completion": (f"{UNTYPED}return await litellm.acompletion({MOCK})", "This is the whole completion"),
    "no-await": (f"{UNTYPED}return str(litellm.acompletion({MOCK}))", "put `await` in front"),
}
IMPORTS = {
    "class": ("from fastapi import FastAPI\napp = FastAPI\n", "app = FastAPI(…), with parentheses"),
    "another-framework": ("import quart\n", "Quart can be graded, but is not installed here"),
    "near-miss": ("from litellm import acompletions\n", "Did you mean litellm.acompletion?"),
}


@pytest.mark.parametrize(("program", "advice"), CRASHES.values(), ids=CRASHES)
@pytest.mark.filterwarnings("ignore")
def test_an_exception_is_explained(program: str, advice: str, tmp_path: Path) -> None:
    with running_app(write(tmp_path, program), ENVIRONMENT) as client:
        answer = client.post("/")
    assert answer.status_code == 500
    assert advice in answer.extensions[EXPLANATION].text


@pytest.mark.parametrize(("program", "advice"), ANSWERS.values(), ids=ANSWERS)
@pytest.mark.filterwarnings("ignore")
def test_an_odd_answer_is_explained(program: str, advice: str, tmp_path: Path) -> None:
    with running_app(write(tmp_path, program), ENVIRONMENT) as client:
        assert advice in describe_answer(client.post("/"))


@pytest.mark.parametrize(("program", "advice"), IMPORTS.values(), ids=IMPORTS)
def test_a_failed_start_is_explained(program: str, advice: str, tmp_path: Path) -> None:
    with pytest.raises(AppDidNotStart, match=re.escape(advice)), running_app(write(tmp_path, program), ENVIRONMENT):
        pass


def test_an_except_that_catches_something_else_is_no_missing_except(tmp_path: Path) -> None:
    program, _ = CRASHES["except-that-does-not-catch"]
    with running_app(write(tmp_path, program), ENVIRONMENT) as client:
        explained = client.post("/").extensions[EXPLANATION]
    assert explained.observation == "litellm.Timeout despite an except"


VALIDATOR = (
    HEAD.replace("BaseModel\n", "BaseModel, field_validator\n")
    + """
class UserInput(BaseModel):
    message: str
    @field_validator("message")
    @classmethod
    def check(cls, message):
        raise HTTPException(400, "no")
@app.post("/generate")
def generate(user_input: UserInput):
    pass
"""
)


def test_a_validator_that_answers_by_itself_is_told_how_to_refuse(tmp_path: Path) -> None:
    with running_app(write(tmp_path, VALIDATOR), ENVIRONMENT) as client:
        answer = client.post("/generate", json={"message": ""})
    with pytest.raises(ContractBroken, match=r"raise ValueError\(\.\.\.\)"):
        Expect("step 7").status(answer, 422, "a blank message is no question")
