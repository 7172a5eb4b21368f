"""A program under test starts anew each time and runs as under uvicorn."""

from __future__ import annotations

import socket
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from grading.tests.programs import ENVIRONMENT, HELLO, LIFESPAN, write
from grading.webapp.loading import running_app


def ask(folder: Path, path: str = "/") -> Any:
    """Start the program and return the JSON that it answers to one GET."""
    with running_app(folder, ENVIRONMENT) as client:
        return client.get(path).json()


# Each start is a new one.


def test_each_start_loads_the_program_anew(tmp_path: Path) -> None:
    write(
        tmp_path, HELLO + "asked = []\n@app.get('/count')\ndef count():\n    asked.append(1)\n    return len(asked)\n"
    )
    assert [ask(tmp_path, "/count"), ask(tmp_path, "/count")] == [1, 1]


def test_a_change_is_seen_at_once(tmp_path: Path) -> None:
    write(tmp_path, {"main.py": HELLO.replace('return "hello"', "return text()") + "from words import text\n"})
    for word in ("one", "three", "eleven"):  # of different lengths: within a second, Python goes by the size
        write(tmp_path, {"words.py": f"def text():\n    return {word!r}\n"})
        assert ask(tmp_path) == word


def test_a_main_that_a_test_file_imported_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = ModuleType("main")
    monkeypatch.setitem(sys.modules, "main", stale)
    assert ask(write(tmp_path, HELLO)) == "hello"
    assert sys.modules["main"] is stale


MAIN = "from fastapi import FastAPI\napp = FastAPI()\n"
ROUTE = "@app.get('/')\ndef name():\n    return NAME\n"
LAYOUTS = {
    "sibling": {"main.py": f"{MAIN}from settings import NAME\n{ROUTE}", "settings.py": "NAME = '?'\n"},
    "package": {
        "main.py": f"{MAIN}from shop.names import NAME\n{ROUTE}",
        "shop/__init__.py": "",
        "shop/names.py": "from .deep import NAME\n",
        "shop/deep.py": "NAME = '?'\n",
    },
    "no-init": {"main.py": f"{MAIN}from shop.names import NAME\n{ROUTE}", "shop/names.py": "NAME = '?'\n"},
    "name-of-a-folder-of-the-kit": {
        "main.py": f"{MAIN}from tests.names import NAME\n{ROUTE}",
        "tests/names.py": "NAME = '?'\n",
    },
    "relative-path": {
        "main.py": f"import sys\nsys.path.insert(0, 'src')\n{MAIN}from settings import NAME\n{ROUTE}",
        "src/settings.py": "NAME = '?'\n",
    },
    "imported-late": {
        "main.py": f"{MAIN}@app.get('/')\ndef name():\n    from settings import NAME\n    return NAME\n",
        "settings.py": "NAME = '?'\n",
    },
    "imports-main": {
        "main.py": f"{MAIN}NAME = '?'\nfrom routes import router\napp.include_router(router)\n",
        "routes.py": "from fastapi import APIRouter\nfrom main import NAME\nrouter = APIRouter()\n"
        "@router.get('/')\ndef name():\n    import main\n    return main.NAME and NAME\n",
    },
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_modules_of_two_programs_never_mix(tmp_path: Path, layout: dict[str, str]) -> None:
    modules, finders = set(sys.modules), set(sys.path_importer_cache)
    folders = [
        write(tmp_path / name, {file: text.replace("?", name) for file, text in layout.items()})
        for name in ("first", "second")
    ]
    assert [ask(folder) for folder in (*folders, *folders)] == ["first", "second", "first", "second"]
    new = {name: sys.modules[name] for name in sys.modules.keys() - modules}
    assert not {name for name, module in new.items() if str(tmp_path) in str(getattr(module, "__file__", ""))}
    assert not new.keys() & {"main", "settings", "routes", "shop", "shop.names"}
    assert not sys.path_importer_cache.keys() - finders


def test_files_are_found_from_the_programs_folder(tmp_path: Path) -> None:
    program = HELLO.replace('return "hello"', "return [PROMPT, open('data/prompt.txt').read()]")
    folder = write(
        tmp_path, {"main.py": f"PROMPT = open('data/prompt.txt').read()\n{program}", "data/prompt.txt": "Be brief."}
    )
    assert ask(folder) == ["Be brief.", "Be brief."]


def test_a_relative_folder_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "sub", HELLO)
    monkeypatch.chdir(tmp_path)
    assert ask(Path("sub")) == "hello"


def test_a_program_sees_only_the_environment_that_it_is_given(tmp_path: Path) -> None:
    folder = write(tmp_path, HELLO.replace('return "hello"', "import os\n    return dict(os.environ)"))
    with running_app(folder, {"LLM_MODEL": "a/b", "EMPTY": ""}) as client:
        assert client.get("/").json() == {"LLM_MODEL": "a/b", "EMPTY": ""}


def test_deprecated_calls_cost_nothing(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        "import warnings\nwarnings.warn('old', DeprecationWarning)\n"
        + HELLO.replace('return "hello"', "warnings.warn('old', DeprecationWarning)\n    return started")
        + "started = []\n@app.on_event('startup')\ndef start():\n    started.append(1)\n",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ask(folder) == [1]


# A program that runs.


def test_start_up_and_shutdown_really_run(tmp_path: Path) -> None:
    note = "open('notes', 'a').write"
    program = LIFESPAN.format(before=f"{note}('start ')", after=f"{note}('stop ')")
    ask(write(tmp_path, program.replace('return "hello"', f"return {note}('ask ')")))
    assert (tmp_path / "notes").read_text() == "start ask stop "


@pytest.mark.parametrize("failure", ["RuntimeError", "SystemExit(3)", "KeyboardInterrupt"])
def test_a_failing_shutdown_spoils_nothing(tmp_path: Path, failure: str) -> None:
    folder = write(tmp_path, LIFESPAN.format(before="pass", after=f"raise {failure}"))
    assert [ask(folder), ask(folder)] == ["hello", "hello"]


WAYS_TO_EXIT = {
    "async": "@app.get('/exit')\nasync def leave():\n    raise SystemExit(3)\n",
    "sync": "@app.get('/exit')\ndef leave():\n    raise KeyboardInterrupt\n",
    "middleware": "@app.middleware('http')\nasync def log(request, call_next):\n    return await call_next(request)\n"
    "@app.get('/exit')\nasync def leave():\n    raise SystemExit(3)\n",
    "task": "import asyncio\nasync def die():\n    raise SystemExit(3)\n"
    "@app.get('/exit')\nasync def leave():\n    await asyncio.create_task(die())\n",
}


@pytest.mark.parametrize("way", WAYS_TO_EXIT.values(), ids=WAYS_TO_EXIT)
def test_a_program_that_exits_within_a_request_ends_that_request_only(tmp_path: Path, way: str) -> None:
    with running_app(write(tmp_path, HELLO + way), ENVIRONMENT) as client:
        assert client.get("/exit").status_code == 500
        assert client.get("/").json() == "hello"


ASGI = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        {}
"""
ANSWERS = {
    "nothing": ("return", b"Internal Server Error"),
    "exception": ("raise ValueError('secret')", b"Internal Server Error"),
    "nonsense": ("await send({'type': 'http.response.start', 'status': 'x'})", b"Internal Server Error"),
    "half": (
        "await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        "        await send({'type': 'http.response.body', 'body': b'half', 'more_body': True})",
        b"Internal Server Error The answer broke off after 4 bytes.\n\nhalf",
    ),
}


@pytest.mark.parametrize(("code", "body"), ANSWERS.values(), ids=ANSWERS)
def test_an_app_that_does_not_answer_is_a_500(tmp_path: Path, code: str, body: bytes) -> None:
    with running_app(write(tmp_path, ASGI.format(code)), ENVIRONMENT) as client:
        answer = client.get("/")
    assert (answer.status_code, answer.content) == (500, body)


@pytest.fixture
def listener() -> Iterator[int]:
    """A port of this computer that is in use."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        yield sock.getsockname()[1]


def test_the_client_is_no_way_to_the_outside(tmp_path: Path, listener: int) -> None:
    with running_app(write(tmp_path, HELLO), ENVIRONMENT) as client:
        assert client.get(f"http://127.0.0.1:{listener}/").json() == "hello"


def test_an_app_that_stops_its_loop_leaves_no_request_without_an_answer(tmp_path: Path) -> None:
    stop = """
import asyncio
@app.get("/stop")
async def stop():
    asyncio.get_running_loop().stop()
    await asyncio.sleep(60)
"""
    with running_app(write(tmp_path, HELLO + stop), ENVIRONMENT) as client:
        for path in ("/stop", "/", "/"):
            assert client.get(path).status_code == 500
