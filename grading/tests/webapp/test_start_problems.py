"""A program that cannot start: a sentence says why, with the student's own file and line, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from grading.tests.programs import ENVIRONMENT, HELLO, LIFESPAN, write
from grading.webapp.loading import AppDidNotStart, running_app


def problem(folder: Path) -> str:
    """Return why the program cannot start, for a student to read."""
    with pytest.raises(AppDidNotStart) as caught, running_app(folder, ENVIRONMENT):
        pass
    text = str(caught.value)
    assert str(folder) not in text
    assert "Traceback" not in text
    return text


IMPORT, START = "Importing main.py failed. ", "The app's start-up failed. "
LITELLM = (
    "LiteLLM is not a model: there is nothing to load and no class to create. "
    "`import litellm`, then call `await litellm.acompletion(...)` or `litellm.completion(...)`."
)
PROBLEMS: dict[str, tuple[dict[str, str], str]] = {
    "no-main": ({"app.py": HELLO}, "There is no main.py in this folder. Name your program main.py."),
    "folder-above": (
        {"my_api/main.py": HELLO},
        "There is no main.py in this folder. One is in its folder my_api: name that one.",
    ),
    "no-app": ({"main.py": "application = 1\n"}, "main.py has no variable named app."),
    "empty": ({"main.py": ""}, "main.py has no variable named app."),
    "another-name": (
        {"main.py": "from fastapi import FastAPI\nserver = FastAPI()\n"},
        "main.py has no variable named app. Its app is named server: rename it to app.",
    ),
    "app-in-a-function": (
        {"main.py": "from fastapi import FastAPI\ndef make():\n    app = FastAPI()\n    return app\n"},
        "main.py has no variable named app. Line 3 makes it, but inside a function, or below an `if` "
        "that did not hold: put the line at the left edge of the file.",
    ),
    "app-is-text": ({"main.py": "app = 'app'\n"}, "app is a str, not an app: app = FastAPI() makes one."),
    "app-is-a-view": (
        {"main.py": "def app(request):\n    return 'hello'\n"},
        "app is the function app(request), not an app: app = FastAPI() makes one, and @app.post(…) above a function "
        "makes it answer.",
    ),
    "app-is-a-factory": (
        {"main.py": "from fastapi import FastAPI\ndef create_app():\n    return FastAPI()\napp = create_app\n"},
        "app is the function create_app, not what it returns: app = create_app(), with parentheses.",
    ),
    "app-is-a-class": (
        {"main.py": "from fastapi import FastAPI\napp = FastAPI\n"},
        "app is the class FastAPI, not an app made from it: app = FastAPI(…), with parentheses.",
    ),
    "aiohttp": (
        {"main.py": "from aiohttp import web\napp = web.Application()\n"},
        "app is made by aiohttp, which brings its own server: neither uvicorn nor the kit can call it. Write the "
        "program with FastAPI, or with another framework for ASGI or WSGI, such as Flask.",
    ),
    "app-of-no-known-kind": (
        {"main.py": "class Server:\n    def __call__(self, request): pass\napp = Server()\n"},
        "app is a Server, and no server for ASGI or WSGI can call it: app = FastAPI() makes an app.",
    ),
    "framework-that-the-kit-never-installs": (
        {"main.py": "from bottle import Bottle\n"},
        f"{IMPORT}main.py, line 1: ModuleNotFoundError: No module named 'bottle'\n"
        "    from bottle import Bottle\n"
        "         ^\n"
        "The kit does not install this framework. It has FastAPI; with python3 -m grading setup --frameworks it has "
        "Django, Falcon, Flask, Litestar, Quart, Sanic, too.",
    ),
    "litellm-beside-it": (
        {"main.py": HELLO, "litellm.py": ""},
        "Your file litellm.py hides the package litellm from every import. Give it another name.",
    ),
    "package-beside-it": (
        {"main.py": HELLO, "openai/__init__.py": ""},
        "Your file openai/__init__.py hides the package openai from every import. Give it another name.",
    ),
    "exception": (
        {"main.py": "x = 1\ny = x / 0\n"},
        f"{IMPORT}main.py, line 2: ZeroDivisionError: division by zero\n    y = x / 0",
    ),
    "in-a-module": (
        {"main.py": "import words\n", "words.py": "def f():\n    raise LookupError('no word')\nf()\n"},
        f"{IMPORT}words.py, line 2: LookupError: no word\n    raise LookupError('no word')",
    ),
    "in-a-package": (
        {"main.py": "import shop.prices\n", "shop/prices.py": "a = 1; b = PRICES['tea']\n"},
        f"{IMPORT}shop/prices.py, line 1: NameError: name 'PRICES' is not defined\n"
        "    a = 1; b = PRICES['tea']\n"
        "               ^\n"
        "A name must be assigned, defined or imported in a line above.",
    ),
    "forgotten-import": (
        {"main.py": "from fastapi import FastAPI\nclass UserInput(BaseModel):\n    message: str\n"},
        f"{IMPORT}main.py, line 2: NameError: name 'BaseModel' is not defined\n"
        "    class UserInput(BaseModel):\n"
        "                    ^\n"
        "The import is missing: from pydantic import BaseModel",
    ),
    "forgotten-module": (
        {"main.py": "MODEL = os.environ['LLM_MODEL']\n"},
        f"{IMPORT}main.py, line 1: NameError: name 'os' is not defined\n"
        "    MODEL = os.environ['LLM_MODEL']\n"
        "            ^\n"
        "The import is missing: import os",
    ),
    "misspelled-name": (
        {"main.py": "greeting = 1\nprint(greetin)\n"},
        f"{IMPORT}main.py, line 2: NameError: name 'greetin' is not defined\n"
        "    print(greetin)\n"
        "          ^\n"
        "Did you mean greeting?",
    ),
    "exit": (
        {"main.py": "import sys\nsys.exit('No key!')\n"},
        f"{IMPORT}main.py, line 2: SystemExit: No key!\n    sys.exit('No key!')",
    ),
    "interrupt": (
        {"main.py": "raise KeyboardInterrupt\n"},
        f"{IMPORT}main.py, line 1: KeyboardInterrupt\n    raise KeyboardInterrupt",
    ),
    "lite-llm": (
        {"main.py": "import lite_llm\n"},
        f"{IMPORT}main.py, line 1: ModuleNotFoundError: No module named 'lite_llm'\n"
        "    import lite_llm\n"
        "           ^\n"
        f"The package is called litellm. {LITELLM}",
    ),
    "misspelled-package": (
        {"main.py": "from fast_api import FastAPI\n"},
        f"{IMPORT}main.py, line 1: ModuleNotFoundError: No module named 'fast_api'\n"
        "    from fast_api import FastAPI\n"
        "         ^\n"
        "The package is called fastapi.",
    ),
    "no-such-package": (
        {"main.py": "import settings\n"},
        f"{IMPORT}main.py, line 1: ModuleNotFoundError: No module named 'settings'\n"
        "    import settings\n"
        "           ^\n"
        "There is no settings.py beside main.py, and the kit installs no such package. Is the name spelled right?",
    ),
    "no-such-name": (
        {"main.py": "from words import helo\n", "words.py": "hello = 1\n"},
        f"{IMPORT}main.py, line 1: ImportError: cannot import name 'helo' from 'words'\n"
        "    from words import helo\n"
        "         ^\n"
        "Did you mean hello?",
    ),
    "name-of-another-package": (
        {"main.py": "from fastapi import FastAPI, BaseModel\n"},
        f"{IMPORT}main.py, line 1: ImportError: cannot import name 'BaseModel' from 'fastapi'\n"
        "    from fastapi import FastAPI, BaseModel\n"
        "         ^\n"
        "It is in another package: from pydantic import BaseModel",
    ),
    "no-such-class": (
        {"main.py": "from litellm import LiteLLMModel\n"},
        f"{IMPORT}main.py, line 1: ImportError: cannot import name 'LiteLLMModel' from 'litellm'\n"
        "    from litellm import LiteLLMModel\n"
        "         ^\n"
        f"{LITELLM}",
    ),
    "nothing-to-load": (
        {"main.py": "import litellm\nmodel = litellm.load_model('gpt')\n"},
        f"{IMPORT}main.py, line 2: AttributeError: module 'litellm' has no attribute 'load_model'\n"
        "    model = litellm.load_model('gpt')\n"
        "                    ^\n"
        f"{LITELLM}",
    ),
    "no-class-for-a-model": (
        {"main.py": "from litellm import LiteLLM\ntext = LiteLLM(api_key='x').generate('Hello')\n"},
        f"{IMPORT}main.py, line 2: AttributeError: 'LiteLLM' object has no attribute 'generate'\n"
        "    text = LiteLLM(api_key='x').generate('Hello')\n"
        "                                ^\n"
        f"{LITELLM}",
    ),
    "relative-import": (
        {"main.py": "from .words import hello\n", "words.py": "hello = 1\n"},
        f"{IMPORT}main.py, line 1: ImportError: attempted relative import with no known parent package\n"
        "    from .words import hello\n"
        "main.py is not in a package: write `from name import …`, without the dot.",
    ),
    "key-at-import": (
        {"main.py": "import os\nkey = os.environ['MY_API_KEY']\n"},
        f"{IMPORT}main.py, line 2: KeyError: 'MY_API_KEY'\n"
        "    key = os.environ['MY_API_KEY']\n"
        "LiteLLM reads the key itself when you call a model: your program does not need to.",
    ),
    "many-lines": (
        {"main.py": "raise ValueError('''one\n    two\n\nthree''')\n"},
        f"{IMPORT}main.py, line 1: ValueError: one two three\n    raise ValueError('''one",
    ),
    "starts-a-server": (
        {"main.py": f"{HELLO}\nimport uvicorn\nuvicorn.run(app)\n"},
        f"{IMPORT}main.py, line 10: RuntimeError: this starts a server and never ends: "
        'put it under `if __name__ == "__main__":`\n    uvicorn.run(app)',
    ),
    "start-up": (
        {"main.py": LIFESPAN.format(before="open('no-such-file')", after="pass")},
        f"{START}main.py, line 7: FileNotFoundError: [Errno 2] No such file or directory: 'no-such-file'\n"
        "    open('no-such-file')",
    ),
    "start-up-event": (
        {"main.py": f"{HELLO}\n@app.on_event('startup')\ndef connect():\n    raise OSError('no database')\n"},
        f"{START}main.py, line 11: OSError: no database\n    raise OSError('no database')",
    ),
    "start-up-exit": (
        {"main.py": LIFESPAN.format(before="raise SystemExit(3)", after="pass")},
        f"{START}main.py, line 7: SystemExit: 3\n    raise SystemExit(3)",
    ),
    "start-up-interrupt": (
        {"main.py": LIFESPAN.format(before="raise KeyboardInterrupt", after="pass")},
        f"{START}main.py, line 7: KeyboardInterrupt\n    raise KeyboardInterrupt",
    ),
}


@pytest.mark.parametrize(("files", "expected"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_program_that_cannot_start_is_told_why(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    assert problem(write(tmp_path, files)) == expected


def test_a_syntax_error_names_its_file_and_line(tmp_path: Path) -> None:
    text = problem(write(tmp_path, {"main.py": "import words\n", "words.py": "x = 1\ny = (\n"}))
    # What is wrong is worded by each version of Python in its own way.
    assert text.startswith("Importing main.py failed. words.py has a syntax error on line 2: ")
    assert "    y = (\n        ^\n" in text


def test_an_endless_message_is_cut(tmp_path: Path) -> None:
    assert len(problem(write(tmp_path, "raise ValueError('x' * 100_000)\n"))) < 600


def test_a_server_under_the_guard_of_its_name_is_fine(tmp_path: Path) -> None:
    guarded = "\nif __name__ == '__main__':\n    import uvicorn\n    uvicorn.run(app)\n"
    with running_app(write(tmp_path, HELLO + guarded), ENVIRONMENT) as client:
        assert client.get("/").json() == "hello"
