"""The page's server: a small FastAPI application, as the student's own is one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel

from grading.checking.checked_file import checked_file
from grading.checking.checker import Checker
from grading.checking.progress import read_progress, record_hint, when
from grading.laptop.model.weather import ABOUT, Name
from grading.laptop.weather_client import WeatherError
from grading.results.misconceptions import nearest
from grading.results.steps import step
from grading.results.view import View, view
from grading.ui.feed import Feed
from grading.ui.own_app import SERVE, OwnApp

_FILES = Path(__file__).parent / "page"
# A button takes the defaults of what `grade weather` lets one choose.
_BY_BUTTON: dict[Name, str] = {
    "slow": "waits 70 seconds, longer than your time-out: it should answer 504, after 3 time-outs",
    "failing": "500, an error of the provider's: it should answer 502",
    "empty": "200 with an empty list of choices: it should answer 502",
}


class HintOrder(BaseModel):
    """Which hint is wanted."""

    step: int
    level: int


class Question(BaseModel):
    """What to ask one's own endpoint."""

    message: str


class State:
    """All that the page shows, as data: from the check, the app, and the progress file."""

    def __init__(self, folder: Path, checker: Checker, own_app: OwnApp) -> None:
        self._folder = folder
        self._checker = checker
        self._own_app = own_app
        self._page: tuple[int, View | None] = (0, None)

    def __call__(self) -> dict[str, Any]:
        """Return it."""
        checker, app = self._checker, self._own_app
        if checker.result is not None and self._page[0] != checker.number:
            self._page = (checker.number, view(checker.result, nearest(checker.result)))
        progress, _ = read_progress(self._folder)
        file, seen = checked_file(self._folder), self._page[1]
        return {
            "doing": checker.doing,
            "checked": f"{checker.checked:%H:%M:%S} in {checker.seconds:.1f} s" if checker.checked else "",
            "number": checker.number,
            "news": checker.news,
            "file": {**asdict(file), "warning": file.warning},
            "page": page_of(seen) if seen else None,
            "progress": {
                number: {"first_done": when(row.first_done) if row.first_done else "", "hints": row.hints}
                for number, row in progress.steps.items()
            },
            "app": {"state": app.state, "url": app.url, "lines": app.lines, "weather": app.weather},
        }


def page_of(seen: View) -> dict[str, Any]:
    """Return a view as the page gets it: the words are made here, so that it says what the other front ends say."""
    messages = [{**asdict(message), "often": message.often} for message in seen.messages]
    return {**asdict(seen), "messages": messages}


def create_app(folder: Path, module: Sequence[str] = SERVE) -> FastAPI:
    """Return the application for a student's folder, which it checks from its start-up to its shutdown.

    `module` serves the student's app, see OwnApp. `state.feed` of the result is the Feed, which a server must close
    before it waits for its connections to end.
    """
    feed = Feed(lambda: state())
    checker, own_app = Checker(folder, feed.changed), OwnApp(folder, feed.changed, module)
    state = State(folder, checker, own_app)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        checker.start()
        try:
            yield
        finally:
            feed.close()
            checker.close()
            own_app.stop()

    app = FastAPI(title="grade ui", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.feed = feed

    def file(path: str, name: str) -> None:
        app.get(path)(lambda: FileResponse(_FILES / name))

    file("/", "page.html")
    file("/style.css", "style.css")
    file("/page.js", "page.js")

    @app.get("/api/state")
    def read_state() -> dict[str, Any]:
        return state()

    @app.get("/api/events")
    async def events() -> StreamingResponse:
        return StreamingResponse(feed.stream(), media_type="text/event-stream")

    @app.get("/api/weather")
    def all_weather() -> dict[Name, str]:
        return {**ABOUT, **_BY_BUTTON}

    @app.post("/api/check")
    def check_again() -> None:
        checker.check()

    @app.post("/api/hint")
    def hint(order: HintOrder) -> dict[str, Any]:
        try:
            row = step(order.step)
        except KeyError as problem:
            raise HTTPException(404, str(problem.args[0])) from None
        if not 1 <= order.level <= len(row.hints):
            raise HTTPException(404, f"Step {row.number} has the hints 1 to {len(row.hints)}.")
        record_hint(folder, row.number, order.level)
        feed.changed()
        return {"level": order.level, "of": len(row.hints), "text": row.hints[order.level - 1]}

    @app.post("/api/app/start")
    def start_app() -> None:
        own_app.start()

    @app.post("/api/app/stop")
    def stop_app() -> None:
        own_app.stop()

    @app.post("/api/weather")
    def change_weather(wanted: dict[str, Any]) -> None:
        try:
            own_app.change_weather(wanted)
        except WeatherError as problem:
            raise HTTPException(409, str(problem)) from None

    @app.post("/api/ask")
    def ask(question: Question) -> dict[str, Any]:
        return asdict(own_app.ask(question.message))

    return app
