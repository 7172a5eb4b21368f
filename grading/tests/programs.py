"""Small programs for the tests of the harness, and pytest as students run it on them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from grading import KIT

ENVIRONMENT = {**os.environ, "LLM_MODEL": "openai/gpt-4o-mini"}

HELLO = """
from fastapi import FastAPI
app = FastAPI()

@app.get("/")
def hello():
    return "hello"
"""

LIFESPAN = """
from contextlib import asynccontextmanager
from fastapi import FastAPI

@asynccontextmanager
async def lifespan(app):
    {before}
    yield
    {after}

app = FastAPI(lifespan=lifespan)

@app.get("/")
def hello():
    return "hello"
"""


def write(folder: Path, files: dict[str, str] | str) -> Path:
    """Write the files of a program into `folder`; a text alone is its main.py. Returns the folder."""
    for name, text in (files if isinstance(files, dict) else {"main.py": files}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def run_pytest(*arguments: str, cwd: Path = KIT) -> tuple[int, str]:
    """Run pytest as a student does. Returns its exit code and all of its output."""
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", *arguments],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"},
        timeout=120,
        check=False,
    )
    return ended.returncode, ended.stdout
