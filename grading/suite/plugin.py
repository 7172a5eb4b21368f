"""The kit's pytest plugin: the option --app and the fixtures of the suite and of students' own tests.

`client` calls the app under test, `provider` plays the language model, `app_log` lists what the app logged.
Tests use nothing else of the app, so they don't know in which process it runs.
"""

from __future__ import annotations

import functools
import os
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol

from grading import KIT
from grading.provider import litellm_environment
from grading.provider.provider import Provider, ProviderRouter
from grading.results.failure import ContractBroken
from grading.results.steps import step as step_of
from grading.suite.contract import Expect
from grading.suite.exchanges import Exchange, good_request
from grading.suite.recorder import PLACE, Recorder, step_number
from grading.webapp.app_log import LogLine, captured_log
from grading.webapp.asgi_server import AppHost, hosted
from grading.webapp.client import AppDidNotStart, RunningApp
from grading.webapp.network_guard import NetworkGuard
from grading.webapp.reuse import KeptApp, Running

if TYPE_CHECKING:
    from grading.webapp.live_server import LiveServer


RUNNING = pytest.StashKey[Running]()
"""How the app is run, if not in this process: see `app_outside.Outside.running`."""
JUDGED = pytest.StashKey[bool]()
"""Whether a student's own tests are judged: then an app is kept for them, too, from one test to the next."""
_KEPT = pytest.StashKey[KeptApp]()
_STARTED = pytest.StashKey[bool]()  # whether the app has started before, in whichever environment
_this_test: list[pytest.Item] = []
_BROKEN = pytest.StashKey[bool]()  # of a test: whether a phase of it failed


@contextmanager
def running_here(
    folder: Path, variables: Mapping[str, str], provider: Provider, guard: NetworkGuard, trace: bool = False
) -> Iterator[RunningApp]:
    """Run the app of `folder` in this process, with these environment variables. Raises AppDidNotStart."""
    # Late: this imports litellm, which takes two seconds that `pytest --help` need not wait for.
    from grading.webapp.loading import running_app

    environment = {name: value for name, value in os.environ.items() if name not in litellm_environment.PROVIDER_KEYS}
    with (
        litellm_environment.no_retry_delay(),
        ProviderRouter(provider) as router,
        guard.active(),
        running_app(folder, {**environment, **variables}, trace) as client,
    ):

        def begin(provider: Provider) -> None:
            router.provider = provider
            provider.server_thread = client.host.thread.ident

        yield RunningApp(client, begin)


@dataclass
class Start:
    """How the start of the app went: `client` is None if it failed, and `problem` says why."""

    client: Any
    problem: str
    contacts: list[str]
    """Whom the program asked for something while it was imported and started."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --app and --app-trace."""
    parser.getgroup("kit").addoption(
        "--app", metavar="FOLDER", help="the folder whose main.py is tested (default: solution)"
    )

    parser.getgroup("kit").addoption(
        "--app-trace", action="store_true", help="show all lines of the app that led to an exception of its own"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Prepare the environment before anything can import litellm."""
    litellm_environment.prepare_environment()
    config.stash[_KEPT] = KeptApp()
    if config.getoption("--app-trace"):
        traced: Running = functools.partial(running_here, trace=True)
        config.stash[RUNNING] = traced
    config.addinivalue_line("markers", "step(number): the step that a test judges")
    config.addinivalue_line("markers", "extra: an instructor's own test; the judge sets it")
    config.addinivalue_line("markers", "shown: an instructor's own test that students may learn of")
    config.addinivalue_line("markers", "worth(marks): what a test is worth")
    folder = config.getoption("--app")
    if folder is not None:
        path = Path(folder)
        if not path.is_dir() and not (path.is_file() and path.name == "main.py"):
            what = "this is neither a folder nor a main.py" if path.exists() else "there is no such folder"
            raise pytest.UsageError(f"--app {folder}: {what}. Name the folder that holds main.py.")
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            config.args[:] = [str(KIT / "tests")]  # not the grader's own tests, which take minutes
        config.option.reportchars = "N"  # no summary of each failure: with CI set, it would say all of it once more
    config.pluginmanager.register(Recorder(), "kit-recorder")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let warnings be errors for the kit's own code only: a student's tasks may die noisily.

    Tests of the suite that need another environment, and so another start, come first, those of one environment
    together: all others can share one start, which then is not the first one.
    """
    for place, item in enumerate(items):
        item.stash[PLACE] = place
    items.sort(key=lambda item: _USUAL_START if step_number(item) is None else _start_needed(item))
    graded = config.getoption("--app") is not None
    if not config.pluginmanager.hasplugin("warnings"):
        warnings.simplefilter("ignore")
        return
    for item in items:
        own = not any(item.path.is_relative_to(KIT / folder) for folder in ("tests", "grading"))
        if own or (graded and step_number(item) is not None):
            item.add_marker(pytest.mark.filterwarnings("ignore"))


_USUAL_START = (True, "", 0)


def _start_needed(item: pytest.Item) -> tuple[bool, str, int]:
    """Return what sorts a test by the start of the app that it needs: whether by the usual one, or by which other."""
    values: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    model, keys = values.get("llm_model", litellm_environment.MODEL), values.get("provider_keys")
    usual = model == litellm_environment.MODEL and keys is None
    return _USUAL_START if usual else (False, model, 0 if keys is None else len(keys))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test of the suite; if it fails where others left their traces, run it again on a new app."""
    if not _keeps(item) or not isinstance(item, pytest.Function):
        return None
    kept = item.config.stash[_KEPT]
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    kept.forget()
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    while any(report.failed for report in reports) and kept.was_used():
        kept.close()
        kept.forget()
        item.stash[_BROKEN] = False
        item._initrequest()  # new fixtures; pytest has no public name for it
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    if nextitem is None or not _keeps(nextitem):
        kept.close()  # its environment, folder and patches are not for tests of other things
    return True


def _keeps(item: pytest.Item) -> bool:
    """Whether the app is kept after a test that passed; else each test has an app of its own."""
    return step_number(item) is not None or item.config.stash.get(JUDGED, False)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the app that is still running."""
    session.config.stash[_KEPT].close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a broken contract as its four parts, without the suite's own code around it."""
    style = item.config.getoption("tbstyle", "auto")
    if call.excinfo is not None and isinstance(call.excinfo.value, ContractBroken):
        item.config.option.tbstyle = "value"  # to describe that code takes as long as the test
    report = yield
    item.config.option.tbstyle = style
    if report.failed:
        item.stash[_BROKEN] = True
    if call.excinfo is not None and isinstance(call.excinfo.value, ContractBroken):
        number = step_number(item)
        if not call.excinfo.value.look_at and number:
            call.excinfo.value.look_at = step_of(number).where
        report.longrepr = str(call.excinfo.value)
        report.sections = []
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note the test for the fixture `this_test`."""
    _this_test[:] = [item]


@pytest.fixture
def this_test() -> pytest.Item:
    """The test. pytest's own `request` knows it, too, but takes a while to make."""
    return _this_test[0]


@pytest.fixture
def app_folder(this_test: pytest.Item) -> Path:
    """The folder whose main.py is tested: --app, else the one beside the test file, else the solution.

    Students' copies of the kit have no solution: there it is the starter.
    """
    if (given := this_test.config.getoption("--app")) is not None:
        return _folder(given, this_test.config.invocation_params.dir)
    beside = this_test.path.parent
    folders = (beside, KIT / "solution", KIT / "starter")
    return next((folder for folder in folders if (folder / "main.py").is_file()), beside)


@functools.lru_cache(1)
def _folder(given: str, start: Path) -> Path:
    path = start / given
    return path if path.is_dir() else path.parent


@pytest.fixture
def llm_model() -> str:
    """The value of LLM_MODEL; a test may parametrize it."""
    return litellm_environment.MODEL


@pytest.fixture
def provider_keys() -> Mapping[str, str]:
    """The providers' keys in the program's environment; a test may take them away."""
    return litellm_environment.PROVIDER_KEYS


@pytest.fixture
def provider() -> Provider:
    """The scripted provider."""
    return Provider()


@pytest.fixture
def app_log(client: Any) -> Iterator[list[LogLine]]:
    """What the app logged since it started."""
    lines: list[LogLine] = []
    if isinstance(client.host, AppHost):
        with captured_log(lines.append):
            yield lines
    else:
        client.host.log_to(lines)
        yield lines


@pytest.fixture
def expect(this_test: pytest.Item) -> Expect:
    """The suite's assertions, which know the step of the test."""
    marker = this_test.get_closest_marker("step")  # an instructor's own test may name one, too
    return Expect(step_of(int(marker.args[0])).where if marker else "")


@pytest.fixture
def app_start(
    this_test: pytest.Item,
    app_folder: Path,
    llm_model: str,
    provider_keys: Mapping[str, str],
    provider: Provider,
    expect: Expect,
) -> Iterator[Start]:
    """The app, started for this test or kept from the one before, or the reason why it could not start."""
    kept = this_test.config.stash[_KEPT]
    running = this_test.config.stash.get(RUNNING, running_here)
    keeps, guard = _keeps(this_test), kept.guard
    guard.attempts.clear()
    guard.allowed.clear()
    try:
        app = kept.get(
            running,
            app_folder,
            {**provider_keys, "LLM_MODEL": llm_model},
            provider,
            keeps,
        )
    except AppDidNotStart as problem:
        yield Start(None, str(problem), [])
        return
    asked = [*(f"a model ({call.model})" for call in provider.requests), *provider.beside]
    contacts = [*asked, *provider.strays, *guard.attempts]
    this_test.config.stash[_STARTED] = True
    provider.forget()
    provider.strays.clear()
    guard.attempts.clear()
    yield Start(app.client, "", app.client.once("contacts at its start", lambda: contacts))
    if not keeps or this_test.stash.get(_BROKEN, False):
        kept.close()
    if provider.strays or guard.attempts:
        kept.close()
        raise ContractBroken(
            sent="",
            came_back=f"a request that is not LiteLLM's: {[*provider.strays, *guard.attempts][0]}",
            expected="the program talks to the model's provider only, through LiteLLM",
            look_at=expect.look_at,
        )


@pytest.fixture
def client(this_test: pytest.Item, app_start: Start, llm_model: str, expect: Expect) -> Any:
    """A client of the app under test, used like httpx.Client: client.post("/generate", json={...})."""
    if app_start.client is None:
        if step_number(this_test) is None:
            pytest.fail(f"The app does not start. {app_start.problem}", pytrace=False)
        expect.that(
            llm_model == litellm_environment.MODEL or not this_test.config.stash.get(_STARTED, False),
            None,
            "the app starts, as it does with other models: hand the whole name to LiteLLM as it is",
            came_back=app_start.problem,
            sent=f"uvicorn main:app, with LLM_MODEL={llm_model}",
        )
        pytest.skip(f"Not checked yet: step 1 comes first, because the app does not start. {app_start.problem}")
    return app_start.client


@pytest.fixture
def exchange(client: Any, provider: Provider) -> Callable[[str], Exchange]:
    """A function of a name: what came of that good request, see `good_requests`. An app is asked for it once."""
    return functools.partial(good_request, client, provider)


@pytest.fixture
def live_server(client: Any, pytestconfig: pytest.Config) -> Iterator[LiveServer]:
    """The app under test behind uvicorn, on a free port of this computer."""
    from grading.webapp.live_server import serving

    with ExitStack() as stack:
        host = client.host
        if not isinstance(host, AppHost):  # the app is elsewhere: a small one here passes everything on
            host = stack.enter_context(hosted(host.app))
        server = stack.enter_context(serving(host))
        pytestconfig.stash[_KEPT].guard.allowed.add(("127.0.0.1", server.port))
        yield server
