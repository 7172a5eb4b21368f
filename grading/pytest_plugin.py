"""The kit's pytest plugin: the option --app and the fixtures of the suite and of students' own tests.

`client` calls the app under test, `provider` plays the language model, `app_log` lists what the app logged.
Tests use nothing else of the app, so they don't know in which process it runs.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grading import KIT, litellm_environment
from grading.app_log import LogLine, captured_log
from grading.expectation import ContractBroken, Expect
from grading.network_guard import NetworkGuard
from grading.provider import Provider, ProviderRouter
from grading.recorder import Recorder, step_number
from grading.steps import step as step_of

if TYPE_CHECKING:
    from grading.live_server import LiveServer


@dataclass
class Start:
    """How the start of the app went: `client` is None if it failed, and `problem` says why."""

    client: Any
    problem: str
    contacts: list[str]
    """Whom the program asked for something while it was imported and started."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --app."""
    parser.getgroup("kit").addoption(
        "--app", metavar="FOLDER", help="the folder whose main.py is tested (default: solution)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Prepare the environment before anything can import litellm."""
    litellm_environment.prepare_environment()
    config.addinivalue_line("markers", "step(number): the step that a test judges")
    config.addinivalue_line("markers", "worth(marks): what a test is worth")
    folder = config.getoption("--app")
    if folder is not None:
        path = Path(folder)
        if not path.is_dir() and not (path.is_file() and path.name == "main.py"):
            what = "this is neither a folder nor a main.py" if path.exists() else "there is no such folder"
            raise pytest.UsageError(f"--app {folder}: {what}. Name the folder that holds main.py.")
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            config.args[:] = [str(KIT / "tests")]  # not the grader's own tests, which take minutes
    config.pluginmanager.register(Recorder(), "kit-recorder")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let warnings be errors for the kit's own code only: a student's tasks may die noisily."""
    graded = config.getoption("--app") is not None
    for item in items:
        own = not any(item.path.is_relative_to(KIT / folder) for folder in ("tests", "grading"))
        if own or (graded and step_number(item) is not None):
            item.add_marker(pytest.mark.filterwarnings("ignore"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a broken contract as its four parts, without the suite's own code around it."""
    report = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, ContractBroken):
        report.longrepr = str(call.excinfo.value)
        report.sections = []
    return report


@pytest.fixture
def app_folder(request: pytest.FixtureRequest) -> Path:
    """The folder whose main.py is tested: --app, else the one beside the test file, else the solution."""
    option = request.config.getoption("--app")
    if option is not None:
        path = Path(request.config.invocation_params.dir, option)
        return path if path.is_dir() else path.parent
    beside = request.path.parent
    return beside if (beside / "main.py").is_file() else KIT / "solution"


@pytest.fixture
def llm_model() -> str:
    """The value of LLM_MODEL; a test may parametrize it.

    A model of LiteLLM's price list: about others it makes and formats an exception at each call.
    """
    return "openai/gpt-4o-mini"


@pytest.fixture
def provider_keys() -> Mapping[str, str]:
    """The providers' keys in the program's environment; a test may take them away."""
    return litellm_environment.PROVIDER_KEYS


@pytest.fixture
def network_guard() -> NetworkGuard:
    """What keeps the app from the network."""
    return NetworkGuard()


@pytest.fixture
def provider() -> Provider:
    """The scripted provider."""
    return Provider()


@pytest.fixture
def app_log() -> Iterator[list[LogLine]]:
    """What the app logged since the test began."""
    with captured_log() as lines:
        yield lines


@pytest.fixture
def expect(request: pytest.FixtureRequest) -> Expect:
    """The suite's assertions, which know the step of the test."""
    number = step_number(request.node)
    return Expect("" if number is None else step_of(number).where)


@pytest.fixture
def app_start(
    app_folder: Path,
    llm_model: str,
    provider_keys: Mapping[str, str],
    provider: Provider,
    network_guard: NetworkGuard,
    expect: Expect,
) -> Iterator[Start]:
    """The app, started anew for this test, or the reason why it could not start."""
    # Late: this imports litellm, which takes two seconds that `pytest --help` need not wait for.
    from grading.app_in_process import AppDidNotStart, running_app

    environment = {name: value for name, value in os.environ.items() if name not in litellm_environment.PROVIDER_KEYS}
    environment.update(provider_keys, LLM_MODEL=llm_model)
    with ExitStack() as stack:
        stack.enter_context(litellm_environment.no_retry_delay())
        stack.enter_context(ProviderRouter(provider))
        stack.enter_context(network_guard.active())
        try:
            client = stack.enter_context(running_app(app_folder, environment))
        except AppDidNotStart as problem:
            yield Start(None, str(problem), [])
            return
        provider.server_thread = client.host.thread.ident
        contacts = [
            *(f"a model ({call.model})" for call in provider.requests),
            *provider.strays,
            *network_guard.attempts,
        ]
        provider.forget()
        provider.strays.clear()
        network_guard.attempts.clear()
        yield Start(client, "", contacts)
    if provider.strays or network_guard.attempts:
        raise ContractBroken(
            sent="",
            came_back=f"a request that is not LiteLLM's: {[*provider.strays, *network_guard.attempts][0]}",
            expected="the program talks to the model's provider only, through LiteLLM",
            look_at=expect.look_at,
        )


@pytest.fixture
def client(request: pytest.FixtureRequest, app_start: Start) -> Any:
    """A client of the app under test, used like httpx.Client: client.post("/generate", json={...})."""
    if app_start.client is None:
        if step_number(request.node) is None:
            pytest.fail(f"The app does not start. {app_start.problem}", pytrace=False)
        pytest.skip(f"Not checked yet: the app does not start (step 1). {app_start.problem}")
    return app_start.client


@pytest.fixture
def live_server(client: Any, network_guard: NetworkGuard) -> Iterator[LiveServer]:
    """The app under test behind uvicorn, on a free port of this computer."""
    from grading.live_server import serving

    with serving(client.host) as server:
        network_guard.allowed.add(("127.0.0.1", server.port))
        yield server
