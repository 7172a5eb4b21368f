"""Students' own tests (step 9): what runs at home runs where it is judged; what is refused, by the same sentence."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grading import KIT
from grading.harness.own_tests import NO_FIXTURE, refusal
from grading.judging.grader import Grader
from grading.judging.student_tests.scoring import STEP
from grading.tests.programs import run_pytest, write

SETTINGS = ("-c", str(KIT / "pyproject.toml"), "--rootdir", str(KIT))


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    if sys.platform != "linux":
        pytest.skip("Elsewhere this takes many minutes.")
    with Grader(1) as running:
        yield running


WHAT_PYTEST_HAS = """
import logging
import unittest
import warnings
import pytest

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

def test_no_secret_in_the_log(client, provider, caplog):
    provider.fails(401)
    with caplog.at_level(logging.INFO):
        client.post("/generate", json={"message": "Hello"})
    assert provider.secret not in caplog.text

def test_files(tmp_path, tmpdir, tmp_path_factory):
    (tmp_path / "a").write_text("a")
    tmpdir.join("b").write("b")
    assert tmp_path_factory.mktemp("c").is_dir()

def test_patches(monkeypatch, capsys, recwarn, record_property, doctest_namespace):
    monkeypatch.setenv("A", "b")
    print("Hello")
    warnings.warn("old", UserWarning)
    assert capsys.readouterr().out == "Hello\\n"
    record_property("a", 1)

def test_warns():
    with pytest.warns(UserWarning):
        warnings.warn("old", UserWarning)

@pytest.mark.xfail
def test_of_something_that_fails():
    assert 1 == 2

@pytest.mark.skipif(True, reason="no")
def test_skipped():
    assert 1 == 2

@pytest.fixture(params=[1, 2])
def number(request):
    return request.param

def test_of_numbers(number, subtests):
    with subtests.test(number=number):
        assert number

@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.mark.anyio
async def test_waits(client):
    assert client.get("/generate").status_code == 405

class TestInAClass:
    def test_method(self, client):
        assert client.get("/generate").status_code == 405

class TestOfUnittest(unittest.TestCase):
    def test_method(self):
        self.assertEqual(1, 1)
"""


def test_what_pytest_brings_along_works_at_home_and_where_it_is_judged(submission: Path, grader: Grader) -> None:
    write(submission, {"test_main.py": WHAT_PYTEST_HAS})
    code, output = run_pytest("test_main.py", *SETTINGS, cwd=submission)
    assert code == 0, output
    results = grader.grade(submission, step=STEP.number).tests
    assert (results[0].status, results[0].message) == ("passed", "")


REFUSED = {
    "from main import app\n\ndef test_a():\n    pass\n": "imports main (line 1)",
    "import importlib\n\ndef test_a():\n    importlib.import_module('main')\n": "reaches for main by its name (line 4)",
    "import litellm\n": "imports litellm (line 1)",
    "def test_a(monkeypatch):\n    monkeypatch.setattr('litellm.completion', 1)\n": "reaches for litellm by its name",
    "import mock\n\n@mock.patch('main.litellm.completion')\ndef test_a(ask):\n    pass\n": "reaches for main",
    "def test_a(client, respx_mock):\n    pass\n": "takes the parameter respx_mock (line 1)",
    "import respx\n": "imports respx (line 1)",
}  # fmt: skip


@pytest.mark.parametrize(("tests", "why"), REFUSED.items(), ids=lambda text: text[-24:])
def test_what_cannot_work_where_it_is_judged_is_refused_at_home_by_the_same_sentence(
    tests: str, why: str, submission: Path, grader: Grader
) -> None:
    write(submission, {"test_main.py": tests})
    code, output = run_pytest("test_main.py", *SETTINGS, cwd=submission)
    judged = grader.grade(submission, step=STEP.number).tests[0]
    assert code != 0
    assert judged.failure is not None
    assert why in judged.failure.came_back
    at_home = " ".join(output.split())
    assert f"{judged.failure.came_back}. Expected: {judged.failure.expected}." in at_home


CONFTEST = "import pytest\n\n@pytest.fixture\ndef helper():\n    return 1\n"
NEEDS_IT = "import pytest\n\n@pytest.fixture\ndef own(helper):\n    pass\n\ndef test_a(own):\n    pass\n"


def test_a_fixture_that_only_this_computer_has_is_refused_in_both_places(submission: Path, grader: Grader) -> None:
    write(submission, {"test_main.py": NEEDS_IT, "conftest.py": CONFTEST})
    code, output = run_pytest("test_main.py", *SETTINGS, cwd=submission)
    judged = grader.grade(submission, step=STEP.number).tests[0]
    told = NO_FIXTURE.format("helper")
    assert code == 1
    assert told in " ".join(output.split())
    assert judged.failure is not None
    assert told in judged.failure.came_back


FASTAPIS_WAY = """from fastapi.testclient import TestClient

from main import app

client = TestClient(app)


def test_answers():
    assert client.post("/generate", json={"message": "Hi"}).status_code == 200
"""


def test_who_imports_the_app_is_shown_the_lines_to_change() -> None:
    came_back, expected = refusal(FASTAPIS_WAY) or ("", "")
    assert came_back == "test_main.py imports main (line 3)"
    assert expected.endswith(
        "Delete line 3, `from main import app` and line 5, `client = TestClient(app)`; and in line 8 write "
        "`def test_answers(client):` instead of `def test_answers():`, and so in each test"
    )


@pytest.mark.parametrize("deep", [".a" * 900, "()" * 900, "+1" * 900])
def test_a_deeply_nested_line_that_is_to_be_deleted_is_named_by_its_number(deep: str) -> None:
    _, expected = refusal(FASTAPIS_WAY.replace("TestClient(app)", f"TestClient(app{deep})")) or ("", "")
    assert "`from main import app` and line 5; and in line 8 write" in expected


def test_a_file_too_deep_for_a_syntax_tree_is_refused() -> None:
    def call(depth: int) -> tuple[str, str] | None:
        return call(depth - 1) if depth else refusal("x = x" + ".a" * 2_900 + "\n")

    # How deep a tree may be depends on the caller's depth, in some versions of Python only.
    refused = call(200)
    assert refused is None or refused[0] == "test_main.py is nested too deeply to be read"


def test_a_long_line_that_is_to_be_deleted_is_cut() -> None:
    _, expected = refusal(FASTAPIS_WAY.replace("TestClient(app)", f"TestClient(app, '{'a' * 50_000}')")) or ("", "")
    assert 200 < len(expected) < 1_000


@pytest.mark.parametrize(
    "tests",
    [
        "import main_helpers\n",
        "from . import main\n",
        "def test_a(client):\n    print('litellm.acompletion')\n",
        "def test_a(monkeypatch):\n    monkeypatch.setattr(str, 'main', None)\n",
        "def test_a(provider_mock):\n    pass\n",
    ],
)
def test_what_only_sounds_like_it_is_not_refused(tests: str) -> None:
    assert refusal(tests) is None
