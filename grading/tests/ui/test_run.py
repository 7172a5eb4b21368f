"""The page with real processes: saves, an endless loop, hints, one's own app and the weather, and a clean end."""

from __future__ import annotations

import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from grading import KIT
from grading.commands import cli
from grading.tests.intake.handed_in import posix
from grading.tests.ui.pages import RunningPage, running_page

SMALL = "from fastapi import FastAPI\n\napp = FastAPI()\n"
LOOP = SMALL + "\n\n@app.post('/generate')\ndef generate(message: dict):\n    while True:\n        pass\n"

pytestmark = posix  # Ctrl-C is sent as a signal


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page") / "mine"
    folder.mkdir()
    (folder / "main.py").write_text("# TODO 1\n")
    return folder


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[RunningPage]:
    with running_page(folder) as page:
        page.wait_for(lambda state: state["number"] >= 1 and not state["doing"])
        yield page


def save(page: RunningPage, folder: Path, text: str) -> None:
    before = page.state()["number"]
    (folder / "main.py").write_text(text)
    page.wait_for(lambda state: state["number"] > before and not state["doing"])


def test_it_listens_on_the_loopback_address_only(page: RunningPage) -> None:
    port = page.client.base_url.port
    assert port is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing: it only chooses the address that others see
        own = probe.getsockname()[0]
    with pytest.raises(OSError), socket.create_connection((own, port), timeout=2):  # noqa: PT011
        pass
    assert httpx.get(str(page.client.base_url), trust_env=False).status_code == 403


def test_a_save_is_told_to_an_open_page(page: RunningPage, folder: Path) -> None:
    save(page, folder, "# TODO 1\n")
    events = page.events()
    assert next(events)["page"]["rows"][0]["state"] == "not yet"
    threading.Timer(0.5, (folder / "main.py").write_text, [SMALL]).start()
    doing = set()
    for state in events:
        doing.add(state["doing"].partition(":")[0])
        if state["page"]["rows"][0]["state"] == "done":
            break
    assert "Checking step 1" in doing
    assert state["news"] == ["New: step 1 (The app starts) is done. Next: step 2 (Describe the input)."]
    assert state["page"]["messages"][0]["step"] == 2


def test_a_save_ends_a_check_that_would_not_end(page: RunningPage, folder: Path) -> None:
    (folder / "main.py").write_text(LOOP)
    page.wait_for(lambda state: state["doing"].startswith("Checking step"))
    time.sleep(2)
    assert page.state()["doing"]
    began = time.monotonic()
    save(page, folder, SMALL + "x = 1\n")
    looped = time.monotonic() - began
    began = time.monotonic()
    save(page, folder, SMALL + "x = 2\n")
    assert looped < 3 * (time.monotonic() - began) + 3


def test_hints_are_shown_and_remembered(page: RunningPage) -> None:
    told = page.post("hint", {"step": 2, "level": 2})
    assert (told["level"], told["of"]) == (2, 3)
    assert "class UserInput" in told["text"]
    assert page.state()["progress"]["2"]["hints"] == [2]
    for wrong in ({"step": 2, "level": 4}, {"step": 2, "level": 0}, {"step": 11, "level": 1}):
        assert page.client.post("/api/hint", json=wrong).status_code == 404


@pytest.mark.skipif(not (KIT / "solution").is_dir(), reason="a student's copy has no solution")
def test_ones_own_app_is_asked_in_any_weather(page: RunningPage, folder: Path) -> None:
    assert page.client.post("/api/weather", json={"weather": "down"}).status_code == 409
    assert page.post("ask", {"message": "Hi"})["status"] == 0
    shutil.copy(KIT / "solution" / "main.py", folder)
    page.post("app/start")
    state = page.wait_for(
        lambda state: (
            state["app"]["state"] == "running"
            and state["app"]["weather"]
            and any("/weather" in line for line in state["app"]["lines"])
        )
    )
    told = page.post("ask", {"message": "Hi"})
    assert (told["status"], told["phrase"], told["text"]) == (200, "OK", '{"response":"You said: Hi"}')
    assert page.post("ask", {"message": " "})["status"] == 422
    port = (
        next(line for line in state["app"]["lines"] if "/weather" in line).partition("127.0.0.1:")[2].partition("/")[0]
    )
    page.post("weather", {"weather": "throttled", "times": 3})
    assert page.state()["app"]["weather"]["weather"] == "throttled"
    said = CliRunner().invoke(cli, ["weather", "--model-port", port]).stdout
    assert "The weather is throttled, for the next 3 requests." in said
    assert page.post("ask", {"message": "Hi"})["status"] == 429
    page.wait_for(lambda state: state["app"]["weather"]["weather"] == "sunny")
    ended = CliRunner().invoke(cli, ["weather", "failing", "--status", "503", "--model-port", port])
    assert (ended.exit_code, "failing, with status 503" in ended.stdout) == (0, True)
    assert page.post("ask", {"message": "Hi"})["status"] == 502
    refused = page.client.post("/api/weather", json={"weather": "rainy"})
    assert (refused.status_code, "There is no weather 'rainy'" in refused.json()["detail"]) == (409, True)
    assert any("POST /generate" in line for line in page.state()["app"]["lines"])
    page.post("app/stop")
    state = page.state()
    assert (state["app"]["state"], state["app"]["weather"]) == ("stopped", None)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP] if sys.platform != "win32" else [])
def test_its_end_is_the_end_of_all_that_it_started(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "main.py").write_text(LOOP)
    with running_page(tmp_path) as page:
        page.post("app/start")
        state = page.wait_for(lambda state: state["app"]["state"] == "running")
        address = httpx.URL(state["app"]["url"])
        assert address.port is not None
        events = page.events()
        next(events)  # an open page must not hold it up
        began = time.monotonic()
        page.process.send_signal(number)
        page.process.wait(30)
        assert time.monotonic() - began < 20
        with pytest.raises(OSError):  # noqa: PT011
            socket.create_connection(("127.0.0.1", address.port), timeout=2)


def test_without_a_model_server_the_weather_says_what_to_start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    ended = CliRunner().invoke(cli, ["weather", "throttled", "--model-port", str(port)])
    assert ended.exit_code == 2
    assert "grade serve" in ended.stderr
    ended = CliRunner().invoke(cli, ["weather", "slow", "--times", "0"])
    assert (ended.exit_code, ended.stderr.startswith("times: ")) == (2, True)
