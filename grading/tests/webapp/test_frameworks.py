"""ASGI and WSGI apps run alike: any framework's, and any that a program makes by hand."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from grading.tests.programs import ENVIRONMENT, write
from grading.webapp import frameworks
from grading.webapp.frameworks import EXTRA, about_package, is_wsgi, why_no_app
from grading.webapp.loading import running_app
from grading.webapp.standing import interrupt, standing

WSGI = """
import threading, time
entered = threading.Barrier(2, timeout=5)

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/both":
        entered.wait()
    if path == "/pause":
        began = time.monotonic()
        time.sleep(20)
        path = str(round(time.monotonic() - began))
    if path == "/break":
        raise KeyError("broken")
    if path == "/exit":
        raise SystemExit(3)
    if path == "/hang":
        while True:
            time.sleep(0.001)
    if path == "/later":
        threading.Thread(target=later).start()
    length = int(environ.get("CONTENT_LENGTH") or 0)
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Method", environ["REQUEST_METHOD"])])
    return [path.encode("latin-1"), environ["wsgi.input"].read(length)]

def later():
    time.sleep(0.002)
    open("noted", "w").close()
"""


def test_a_wsgi_app_answers_with_path_method_headers_and_body(tmp_path: Path) -> None:
    with running_app(write(tmp_path, WSGI), ENVIRONMENT) as client:
        answer = client.post("/some/ü", content="Grüße".encode())
    assert (answer.status_code, answer.headers["x-method"], answer.text) == (200, "POST", "/some/üGrüße")


def test_requests_to_a_wsgi_app_overlap(tmp_path: Path) -> None:
    with running_app(write(tmp_path, WSGI), ENVIRONMENT) as client, ThreadPoolExecutor(2) as pool:
        assert [answer.status_code for answer in pool.map(client.get, ["/both", "/both"])] == [200, 200]


def test_a_pause_in_a_wsgi_app_is_quick_and_its_clock_moves_on(tmp_path: Path) -> None:
    with running_app(write(tmp_path, WSGI), ENVIRONMENT) as client:
        began = time.monotonic()
        assert client.get("/pause").text == "20"
        assert time.monotonic() - began < 2


def test_a_wsgi_app_that_breaks_is_a_500_with_the_line_for_the_student(tmp_path: Path) -> None:
    with running_app(write(tmp_path, WSGI), ENVIRONMENT) as client:
        answer = client.get("/break")
        assert answer.status_code == 500
        assert any("main.py, line 14: KeyError: 'broken'" in str(each) for each in answer.extensions.values())
        assert client.get("/exit").status_code == 500
        assert client.get("/next").text == "/next"


def test_the_line_in_which_a_wsgi_app_stands_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path, WSGI).resolve()
    with running_app(folder, ENVIRONMENT) as client:
        threading.Thread(target=client.get, args=["/hang"], daemon=True).start()
        while not (where := standing(folder)).text:
            time.sleep(0.01)
        assert where.text == "the program stands at main.py, line 18: while True:"
        assert interrupt(folder)
        assert client.get("/next").text == "/next"


def test_a_thread_that_a_wsgi_app_leaves_behind_is_waited_for(tmp_path: Path) -> None:
    with running_app(write(tmp_path, WSGI), ENVIRONMENT) as client:
        client.get("/later")
        assert (tmp_path / "noted").exists()


def test_no_thread_of_a_wsgi_app_is_left_when_it_stops(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with running_app(write(tmp_path, WSGI), ENVIRONMENT) as client:
        client.get("/")
        assert any(thread.name.startswith("WSGI") for thread in threading.enumerate())
    end = time.monotonic() + 5
    while left := {thread for thread in set(threading.enumerate()) - before if thread.name.startswith("WSGI")}:
        assert time.monotonic() < end, left


class Async:
    async def __call__(self, scope: Any, receive: Any, send: Any = None) -> None: ...


class Sync:
    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        return []


class EachRequest:
    """As PEP 3333 shows it: a class whose objects are answers."""

    def __init__(self, environ: Any, start_response: Any) -> None: ...

    def __iter__(self) -> Any: ...


class EachScope:
    """As Starlette's HTTPEndpoint."""

    def __init__(self, scope: Any, receive: Any, send: Any) -> None: ...

    def __await__(self) -> Any: ...


def optional(environ: Any, start_response: Any, exc_info: Any = None) -> None: ...


def anything(*args: Any) -> None: ...


async def two(request: Any, answer: Any) -> None: ...


@pytest.mark.parametrize(
    ("app", "wsgi"),
    [(Async(), False), (Sync(), True), (EachRequest, True), (EachScope, False), (optional, True), (anything, False)],
    ids=["asgi", "wsgi", "wsgi-class", "asgi-class", "wsgi-and-more", "star"],
)
def test_the_kind_of_an_app_is_what_it_takes(app: Any, wsgi: bool) -> None:
    assert is_wsgi(app) is wsgi
    assert why_no_app(app) == ""


@pytest.mark.parametrize(
    "app", [two, Sync, Async, len, 5, None], ids=["function", "wsgi-class", "asgi-class", "builtin", "number", "none"]
)
def test_what_no_server_could_call_gets_a_sentence(app: Any) -> None:
    assert why_no_app(app).endswith(".")


@pytest.mark.parametrize("package", EXTRA)
def test_a_framework_that_is_not_installed_names_the_set_up(package: str) -> None:
    told = about_package(package)
    assert told.startswith(f"{EXTRA[package]} can be graded, but is not installed here: {frameworks.SETUP}")


def test_a_framework_that_keeps_apps_for_the_whole_process_starts_again(tmp_path: Path) -> None:
    pytest.importorskip("django", reason=f"Django is not installed: {frameworks.SETUP}")
    program = """
from django.conf import settings
settings.configure(ROOT_URLCONF="main", ALLOWED_HOSTS=["*"], NAME="?")
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
urlpatterns = [path("", lambda request: HttpResponse(settings.NAME))]
app = get_wsgi_application()
"""
    for name in ("first", "second", "first"):
        with running_app(write(tmp_path / name, program.replace("?", name)), ENVIRONMENT) as client:
            assert client.get("/").text == name
