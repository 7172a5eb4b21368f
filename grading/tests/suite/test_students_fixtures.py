"""Students' own tests (step 9): the fixtures work as starter/README.md says, and pytest speaks as usual."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from grading import KIT
from grading.provider.provider import Provider
from grading.tests.programs import run_pytest, write

# Outside the kit's folder nothing tells pytest about the kit, so these name its settings.
SETTINGS = ("-c", str(KIT / "pyproject.toml"), "--rootdir", str(KIT))


def run_own(folder: Path, tests: str) -> tuple[int, str]:
    """Run these tests as the student's own. Returns pytest's exit code and output."""
    write(folder, {"test_main.py": tests})
    return run_pytest("test_main.py", *SETTINGS, cwd=folder)


def test_the_starters_file_has_no_tests_yet() -> None:
    code, output = run_pytest("starter/test_main.py")
    assert code == 5
    assert "no tests ran" in output
    assert "Error" not in output


def test_the_example_in_the_starters_todo_runs(submission: Path) -> None:
    """As a student would: without the number signs, on a program that is right."""
    lines = (KIT / "starter" / "test_main.py").read_text(encoding="utf-8").splitlines()
    example = [line.removeprefix("#   ") for line in lines if line.startswith("#   ")]
    code, output = run_own(submission, "\n".join(line for line in example if not line.startswith("Then:")))
    assert code == 0, output
    assert "1 passed" in output


def test_the_solutions_tests_run_in_their_folder() -> None:
    code, output = run_pytest("test_main.py", cwd=KIT / "solution")
    assert code == 0, output
    assert re.search(r"\n=+ \d\d passed in", output)


EVERY_NAME = """
import pytest

def ask(client):
    return client.post("/generate", json={"message": "Hi"})

def test_answers(client, provider):
    provider.answers("Hello!")
    answer = ask(client)
    assert (answer.status_code, answer.json()) == (200, {"response": "Hello!"})
    assert "Hello!" in answer.text
    (request,) = provider.requests
    assert request.prompt == request.messages[-1].content == "Hi"
    assert request.model and request.timeout <= 60

@pytest.mark.parametrize("script, status", [
    (lambda provider: provider.answers(None), 502),
    (lambda provider: provider.fails(429), 429),
    (lambda provider: provider.times_out(), 504),
    (lambda provider: provider.refuses_connections(), 502),
    (lambda provider: provider.finds_the_prompt_too_long(), 413),
    (lambda provider: provider.sends("not JSON"), 502),
    (lambda provider: provider.sends_no_choices(), 502),
])
def test_fails(client, provider, script, status):
    script(provider)
    answer = ask(client)
    assert answer.status_code == status
    assert provider.secret not in answer.text

def test_each_test_starts_anew(client, provider):
    assert provider.requests == []

def test_old_calls_in_my_own_tests_are_fine():
    import warnings
    warnings.warn("old", DeprecationWarning)
"""


def test_the_fixtures_do_what_the_guide_says(submission: Path) -> None:
    guide = (KIT / "starter" / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`provider\.(\w+)", guide))
    assert named == set(re.findall(r"provider\.(\w+)", EVERY_NAME))
    assert all(hasattr(Provider(), name) for name in named)
    code, output = run_own(submission, EVERY_NAME)
    assert code == 0, output
    assert "10 passed" in output


WRONG = """
def test_of_a_dictionary(client, provider):
    provider.answers("Hello!")
    answer = client.post("/generate", json={"message": "Hi"})
    assert answer.json() == {"response": "Hello?"}

def test_of_a_status(client):
    assert client.get("/generate").status_code == 200

def test_that_passes(client):
    assert client.get("/health").status_code == 200
"""


def test_plain_asserts_show_pytests_own_difference(submission: Path) -> None:
    code, output = run_own(submission, WRONG)
    assert code == 1
    assert "2 failed, 1 passed" in output
    assert '>       assert answer.json() == {"response": "Hello?"}' in output
    assert "{'response': 'Hello!'} != {'response': 'Hello?'}" in output
    assert "assert 405 == 200" in output
    assert "INTERNALERROR" not in output


def test_tests_of_a_program_that_does_not_start_fail(submission: Path) -> None:
    """Skipped tests would look as if nothing were wrong."""
    write(submission, "import lite_llm\n")
    code, output = run_own(submission, "def test_a(client):\n    pass\n\ndef test_b():\n    pass\n")
    assert code == 1
    assert "1 passed, 1 error" in output
    told = "The app does not start. Importing main.py failed. main.py, line 1: ModuleNotFoundError: No module named"
    assert f"{told} 'lite_llm'" in output
    assert "The package is called litellm." in output
    assert "grading" not in output.partition("collected")[2]


def test_a_program_that_leaves_the_kit_is_told_so(submission: Path) -> None:
    write(
        submission,
        "import requests\nfrom fastapi import FastAPI\napp = FastAPI()\n@app.get('/')\ndef home():\n"
        "    try:\n        requests.get('http://127.0.0.1:9/')\n    except OSError:\n        return 'hello'\n",
    )
    code, output = run_own(submission, "def test_a(client):\n    assert client.get('/').json() == 'hello'\n")
    assert code == 1
    assert "came back:  a request that is not LiteLLM's: 127.0.0.1:" in output


def test_bare_pytest_means_the_students_program_unless_the_set_up_is_a_developers() -> None:
    command = "import sys, pytest; {}sys.exit(pytest.main(['--collect-only', '-q', '-p', 'no:cacheprovider']))"
    hidden = command.format("sys.modules['jupytext'] = None; ")
    ended = subprocess.run([sys.executable, "-c", hidden], cwd=KIT, capture_output=True, encoding="utf-8", timeout=120)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "test_step_04_answer.py::" in ended.stdout
    assert "grading/tests" not in ended.stdout


REMEMBERS = """
from fastapi import FastAPI
print("loaded")
app = FastAPI()
asked = []
@app.get("/")
def count():
    asked.append(1)
    print("asked")
    return len(asked)
"""
COUNTS = """
def test_one(client):
    assert client.get("/").json() == 1

def test_two(client):
    assert client.get("/").json() == 2

def test_three(client):
    assert client.get("/").json() == 1

def test_four(client):
    assert client.get("/").json() == 4
"""


def test_own_tests_share_an_app_and_a_test_that_fails_on_it_runs_again(submission: Path) -> None:
    """As they do where they are judged: what they find there, they find at home."""
    write(submission, REMEMBERS)
    code, output = run_own(submission, COUNTS)
    assert code == 1
    assert "1 failed, 3 passed" in output
    _, _, failed = output.partition("FAILURES")
    assert "assert 1 == 4" in failed
    assert failed.count("asked\n") == 1  # not once for each run
    assert failed.count("loaded\n") == 1
    code, output = run_pytest("test_main.py", *SETTINGS, "-s", cwd=submission)
    assert output.count("loaded\n") == 3  # test_one, test_three, test_four


def test_a_debugger_stops_once_at_a_failure_and_can_be_left(submission: Path) -> None:
    write(submission, {"main.py": REMEMBERS, "test_main.py": COUNTS})
    code, output = run_pytest("test_main.py", *SETTINGS, "--pdb", "-k", "three or four", cwd=submission)
    assert code == 2, output
    assert output.count("entering PDB") == 1
    assert "Quitting debugger" in output
    assert "ValueError" not in output
