"""`grade demo`: the whole kit at work on real input, in about a minute."""

from __future__ import annotations

import contextlib
import os
import time

import httpx
from rich.console import Console
from rich.markup import escape

from grading import KIT
from grading.judging.grader import Grader
from grading.laptop.app_process import AppProcess
from grading.laptop.model import UnavailableError
from grading.laptop.model.engine import SmolLM2
from grading.laptop.model.server import listen, start_server
from grading.laptop.model.weights import weights_path
from grading.laptop.serve import LAPTOP_MODEL, curl
from grading.results.starter import NoSolution, solution_folder
from grading.results.terminal import show_result

QUESTION = {"message": "Say hello in one short sentence."}
PATIENCE = 120.0
"""Seconds for the app to start, and for the model to answer, on a slow and busy computer."""


def demo(console: Console) -> int:
    """Serve the solution, ask it something, and mark solution and starter.

    Returns the exit code: 0, or 2 if the model, the app or the solution could not be had (a sentence says why).
    """
    try:
        solution_folder()
    except NoSolution as problem:
        console.print(f"{problem} To see your own program at work: [bold]grade serve[/].", soft_wrap=True)
        return 2
    code = 0
    console.rule("1. A question to a real model", align="left")
    try:
        _ask(console)
    except (UnavailableError, AppFailed) as problem:
        console.print(escape(str(problem)), soft_wrap=True)
        code = 2
    with console.status("Starting the grader …"), Grader(2) as grader:
        solution, starter = grader.grade(KIT / "solution"), grader.grade(KIT / "starter")
    console.rule("2. The marks of the solution", align="left")
    show_result(console, solution, "solution")
    console.rule("3. The marks of the starter, as handed out", align="left")
    show_result(console, starter, "starter")
    console.print("\nNow it is your turn: fill in starter/main.py, and run [bold]grade check[/].")
    return code


class AppFailed(Exception):
    """The solution did not start or answer."""


def _ask(console: Console) -> None:
    """Ask the model a question through LiteLLM and the solution. Raises UnavailableError or AppFailed."""
    with contextlib.ExitStack() as stack:
        engine = SmolLM2(weights_path())
        stack.callback(engine.close)
        model = stack.enter_context(start_server(engine))
        with listen(0) as free:
            port = free.getsockname()[1]
        environ = {**os.environ, "LLM_MODEL": LAPTOP_MODEL, "LLAMAFILE_API_BASE": model.api_base}
        app = stack.enter_context(contextlib.closing(AppProcess(KIT / "solution", port, environ, "warning")))
        console.print("SmolLM2 -> LiteLLM -> solution/main.py -> POST /generate. Starting all of it.")
        _wait(app)
        url = f"http://127.0.0.1:{port}/generate"
        for line in curl("POST", url, QUESTION):
            console.print(escape(line), soft_wrap=True)
        try:
            answer = httpx.post(url, json=QUESTION, timeout=PATIENCE, trust_env=False)
        except httpx.HTTPError as problem:
            raise AppFailed(f"The solution gave no answer: {problem}") from None
        console.print(f"  {answer.status_code} {escape(answer.text)}", soft_wrap=True)
        if answer.status_code != 200:
            raise AppFailed("The solution did not answer 200.")
        console.print(f"The model's words: [bold]{escape(answer.json()['response'])}[/]", soft_wrap=True)
        console.print("It is a very small model: fluent, and often wrong. A bigger one is a change of LLM_MODEL.")


def _wait(app: AppProcess) -> None:
    deadline = time.monotonic() + PATIENCE
    while not app.answers():
        if app.ended():
            raise AppFailed("The solution did not start; the reason is above.")
        if time.monotonic() > deadline:
            raise AppFailed(f"The solution did not start within {PATIENCE:g} seconds.")
        time.sleep(0.1)
