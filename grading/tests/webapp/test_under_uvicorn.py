"""What a program does to signals and to uvicorn's log handlers at its start works as it does under uvicorn."""

from __future__ import annotations

import logging
import signal
from pathlib import Path

import pytest

from grading.tests.programs import ENVIRONMENT, write
from grading.webapp.client import AppDidNotStart
from grading.webapp.loading import running_app

PROGRAM = """
import asyncio, contextlib, logging, signal, threading
from fastapi import FastAPI

@contextlib.asynccontextmanager
async def lifespan(app):
    {}
    yield

app = FastAPI(lifespan=lifespan)
"""
STARTS = {
    "signal": "signal.signal(signal.SIGTERM, lambda *given: None)",
    "access-log": "logging.getLogger('uvicorn.access').handlers[0].setFormatter(logging.Formatter('%(message)s'))",
    "error-log": "assert logging.getLogger('uvicorn').handlers[0].formatter is not None",
}
if hasattr(signal, "SIGUSR1"):  # Windows's loops have none of the two
    STARTS["loop"] = (
        "loop = asyncio.get_running_loop(); loop.add_signal_handler(signal.SIGTERM, print); "
        "loop.remove_signal_handler(signal.SIGTERM)"
    )


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_the_app_starts_as_under_uvicorn(tmp_path: Path, start: str) -> None:
    write(tmp_path, PROGRAM.format(start))
    handler = signal.getsignal(signal.SIGTERM)
    handlers = {name: list(logging.getLogger(name).handlers) for name in ("uvicorn", "uvicorn.access")}
    with running_app(tmp_path, ENVIRONMENT) as client:
        assert client.get("/").status_code == 404
    assert signal.getsignal(signal.SIGTERM) is handler
    assert {name: logging.getLogger(name).handlers for name in handlers} == handlers


def test_another_thread_may_handle_no_signals(tmp_path: Path) -> None:
    start = "await asyncio.to_thread(signal.signal, signal.SIGTERM, signal.SIG_DFL)"
    write(tmp_path, PROGRAM.format(start))
    with pytest.raises(AppDidNotStart, match="main thread"), running_app(tmp_path, ENVIRONMENT):
        pass
