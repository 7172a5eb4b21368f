"""A program that cannot start: one line says why, and names the student's own file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from grading.app_in_process import AppDidNotStart, running_app
from grading.tests.programs import ENVIRONMENT, HELLO, LIFESPAN, write


def problem(folder: Path) -> str:
    """Return why the program cannot start: one line that a student can read."""
    with pytest.raises(AppDidNotStart) as caught, running_app(folder, ENVIRONMENT):
        pass
    text = str(caught.value)
    assert "\n" not in text
    assert str(folder) not in text
    assert "Traceback" not in text
    return text


PROBLEMS: dict[str, tuple[dict[str, str], str]] = {
    "no-main": ({"app.py": HELLO}, "There is no main.py in this folder."),
    "no-app": ({"main.py": "application = 1\n"}, "main.py has no variable with the name app."),
    "app-is-text": ({"main.py": "app = 'app'\n"}, "app is a str, not an app: app = FastAPI() makes one."),
    "app-is-no-asgi": (
        {"main.py": "def app(request):\n    return 'hello'\n"},
        "The app's start-up failed: TypeError: app() takes 1 positional argument but 3 were given",
    ),
    "litellm-beside-it": (
        {"main.py": HELLO, "litellm.py": ""},
        "Your folder has its own litellm, which hides the package litellm. Give it another name.",
    ),
    "package-beside-it": (
        {"main.py": HELLO, "openai/__init__.py": ""},
        "Your folder has its own openai, which hides the package openai. Give it another name.",
    ),
    "exception": (
        {"main.py": "x = 1\ny = x / 0\n"},
        "Importing main.py failed: ZeroDivisionError: division by zero (main.py, line 2: y = x / 0)",
    ),
    "in-a-module": (
        {"main.py": "import words\n", "words.py": "def f():\n    raise LookupError('no word')\nf()\n"},
        "Importing main.py failed: LookupError: no word (words.py, line 2: raise LookupError('no word'))",
    ),
    "in-a-package": (
        {"main.py": "import shop.prices\n", "shop/prices.py": "PRICES['tea']\n"},
        "Importing main.py failed: NameError: name 'PRICES' is not defined (shop/prices.py, line 1: PRICES['tea'])",
    ),
    "exit": (
        {"main.py": "import sys\nsys.exit('No key!')\n"},
        "Importing main.py failed: SystemExit: No key! (main.py, line 2: sys.exit('No key!'))",
    ),
    "interrupt": (
        {"main.py": "raise KeyboardInterrupt\n"},
        "Importing main.py failed: KeyboardInterrupt (main.py, line 1: raise KeyboardInterrupt)",
    ),
    "no-such-package": (
        {"main.py": "import lite_llm\n"},
        "Importing main.py failed: ModuleNotFoundError: No module named 'lite_llm' (main.py, line 1: import lite_llm)",
    ),
    "no-such-name": (
        {"main.py": "from words import nothing\n", "words.py": ""},
        "Importing main.py failed: ImportError: cannot import name 'nothing' from 'words' (words.py) "
        "(main.py, line 1: from words import nothing)",
    ),
    "many-lines": (
        {"main.py": "raise ValueError('''one\n    two\n\nthree''')\n"},
        "Importing main.py failed: ValueError: one two three (main.py, line 1: raise ValueError('''one)",
    ),
    "starts-a-server": (
        {"main.py": f"{HELLO}\nimport uvicorn\nuvicorn.run(app)\n"},
        "Importing main.py failed: RuntimeError: this starts a server and never ends: "
        'put it under `if __name__ == "__main__":` (main.py, line 10: uvicorn.run(app))',
    ),
    "start-up": (
        {"main.py": LIFESPAN.format(before="open('no-such-file')", after="pass")},
        "The app's start-up failed: FileNotFoundError: [Errno 2] No such file or directory: 'no-such-file' "
        "(main.py, line 7: open('no-such-file'))",
    ),
    "start-up-event": (
        {"main.py": f"{HELLO}\n@app.on_event('startup')\ndef connect():\n    raise OSError('no database')\n"},
        "The app's start-up failed: OSError: no database (main.py, line 11: raise OSError('no database'))",
    ),
    "start-up-exit": (
        {"main.py": LIFESPAN.format(before="raise SystemExit(3)", after="pass")},
        "The app's start-up failed: SystemExit: 3 (main.py, line 7: raise SystemExit(3))",
    ),
    "start-up-interrupt": (
        {"main.py": LIFESPAN.format(before="raise KeyboardInterrupt", after="pass")},
        "The app's start-up failed: KeyboardInterrupt (main.py, line 7: raise KeyboardInterrupt)",
    ),
}


@pytest.mark.parametrize(("files", "expected"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_program_that_cannot_start_is_told_why(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    assert problem(write(tmp_path, files)) == expected


def test_a_syntax_error_names_its_file_and_line(tmp_path: Path) -> None:
    text = problem(write(tmp_path, {"main.py": "import words\n", "words.py": "x = 1\ny = (\n"}))
    assert text.startswith("Importing main.py failed: SyntaxError: ")
    assert "(words.py, line 2)" in text  # what is wrong is worded by each version of Python in its own way


def test_an_endless_message_is_cut(tmp_path: Path) -> None:
    assert len(problem(write(tmp_path, "raise ValueError('x' * 100_000)\n"))) < 600


def test_a_server_under_the_guard_of_its_name_is_fine(tmp_path: Path) -> None:
    guarded = "\nif __name__ == '__main__':\n    import uvicorn\n    uvicorn.run(app)\n"
    with running_app(write(tmp_path, HELLO + guarded), ENVIRONMENT) as client:
        assert client.get("/").json() == "hello"
