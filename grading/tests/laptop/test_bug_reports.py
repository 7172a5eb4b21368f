"""The process behind `grade serve` keeps LiteLLM from inviting students to report the kit's own weather as bugs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from grading import KIT
from grading.tests.programs import write

PROGRAM = """
import litellm
from contextlib import asynccontextmanager
from fastapi import FastAPI

@asynccontextmanager
async def lifespan(app):
    print("suppressed:", litellm.suppress_debug_info, flush=True)
    yield

app = FastAPI(lifespan=lifespan)
"""


def test_litellm_does_not_ask_for_bug_reports(tmp_path: Path) -> None:
    folder = write(tmp_path, {"main.py": PROGRAM, "litellm.py": "suppress_debug_info = False\n"})
    server = KIT / "grading" / "laptop" / "app_server.py"
    command = [sys.executable, str(server), "0", "warning"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "suppressed: True\n"
        finally:
            process.kill()
