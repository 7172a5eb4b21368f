"""An exception in a request becomes the student's line and advice, without anybody else's frames."""

from __future__ import annotations

import io
import textwrap
from pathlib import Path

import pytest

from grading import KIT
from grading.judging.judge import judge
from grading.results.failure import EXPLANATION, MISSING_AWAIT
from grading.suite.contract import Expect
from grading.tests.programs import ENVIRONMENT, write
from grading.webapp.loading import running_app

APP = """
from fastapi import FastAPI
from pydantic import BaseModel
app = FastAPI()
class Answer(BaseModel):
    response: str
async def ask(message):
    return message
@app.get("/")
async def answer():
"""


def indented(body: str) -> str:
    return textwrap.indent(f"{body}\n", "    ")


def explanation(folder: Path, body: str, trace: bool = False) -> str:
    with running_app(write(folder, APP + indented(body)), ENVIRONMENT, trace) as client:
        answer = client.get("/")
    assert answer.status_code == 500
    text = str(answer.extensions[EXPLANATION])
    for word in (str(folder), "site-packages", "grading", "Traceback", 'File "'):
        assert word not in text
    return text


CRASHES = {
    "no-await": ("return Answer(response=ask('Hi').upper())", MISSING_AWAIT),
    "no-await-in-the-answer": ("return Answer(response=ask('Hi'))", MISSING_AWAIT),
    "run-in-a-loop": ("import asyncio\nwork = ask('Hi')\nwork.close()\nreturn asyncio.run(work)", "write `await …`"),
    "completion": (
        "import litellm\nreturn litellm.ModelResponse().text",
        "The text is in completion.choices[0].message.content.",
    ),
    "another-program": (
        "import subprocess\nreturn subprocess.run(['/no/such/program'])",
        "your program may not start other processes",
    ),
    "forgotten-import": ("raise HTTPException(502)", "The import is missing: from fastapi import HTTPException"),
}


@pytest.mark.parametrize(("body", "advice"), CRASHES.values(), ids=CRASHES)
@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
def test_advice_about_a_known_mistake_follows_the_line(tmp_path: Path, body: str, advice: str) -> None:
    lines = explanation(tmp_path, body).splitlines()
    assert lines[0].startswith(f"main.py, line {10 + len(body.splitlines())}: ")
    assert lines[1] == f"    {body.splitlines()[-1]}"
    assert advice in lines[-1]


NESTED = "def deep(n):\n    return n[5]\ndef less_deep():\n    return deep([])\nreturn less_deep()"


def test_a_trace_shows_the_students_own_lines_from_the_inside_out(tmp_path: Path) -> None:
    short = explanation(tmp_path, NESTED)
    assert short == "main.py, line 12: IndexError: list index out of range\n    return n[5]"
    assert explanation(tmp_path, NESTED, trace=True) == (
        f"{short}\n"
        "called from main.py, line 14, in less_deep:\n    return deep([])\n"
        "called from main.py, line 15, in answer:\n    return less_deep()"
    )


def test_a_trace_is_for_those_who_ask_for_it(tmp_path: Path) -> None:
    program = APP.replace('get("/")', 'post("/generate")') + indented(NESTED)
    folder, tests = str(write(tmp_path, program)), [str(KIT / "tests" / "test_step_03_call_litellm.py")]
    short, long = (judge(folder, tests, io.StringIO(), trace=trace)[0].message for trace in (False, True))
    assert "            main.py, line 12: IndexError: list index out of range\n                return n[5]\n" in short
    assert "called from" not in short
    assert "            called from main.py, line 15, in answer:\n                return less_deep()\n" in long


def test_a_coroutine_in_an_answer_is_a_missing_await(tmp_path: Path) -> None:
    body = "work = ask('Hi')\ntext = str(work)\nwork.close()\nreturn {'response': text}"
    program = write(tmp_path, APP + indented(body))
    with running_app(program, ENVIRONMENT) as client, pytest.raises(AssertionError) as broken:
        Expect("").json(client.get("/"), {"response": "Hi"})
    assert MISSING_AWAIT in str(broken.value)


def test_a_providers_failure_is_named_without_the_providers_words(tmp_path: Path) -> None:
    body = "import litellm\nraise litellm.Timeout('secret', 'gpt', 'openai')"
    assert explanation(tmp_path, body).splitlines()[0] == "main.py, line 12: litellm.Timeout, and nothing catches it"
