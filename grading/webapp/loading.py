"""Program's side. Nothing here is trusted: load a student's app anew for each test, and run it without a network.

This is the mode for students (a debugger and print() work). It does not protect the marks from a program
that wants to forge them.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import itertools
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn
from unittest import mock

import uvicorn
from starlette.applications import Starlette

from grading.intake.source_text import inner_assignment
from grading.results.assignment import ASSIGNMENT, load
from grading.results.failure import Explanation
from grading.webapp.advice import PACKAGES
from grading.webapp.app_log import log_of_the_start, restored_logging
from grading.webapp.asgi_server import AppServer, hosted
from grading.webapp.client import AppClient, AppDidNotStart
from grading.webapp.frameworks import STATEFUL, as_asgi, why_no_app
from grading.webapp.libraries import LIBRARIES
from grading.webapp.origin import Origin, belongs_to
from grading.webapp.pauses import quick_pauses
from grading.webapp.printed import kept_lines
from grading.webapp.under_uvicorn import under_uvicorn

LIBRARIES.load()  # once for all tests
gc.collect()
gc.freeze()  # LiteLLM's 400,000 objects stay for good; the collector need not walk over them again and again

_PROGRAM = ASSIGNMENT.program
_NAME = _PROGRAM.removesuffix(".py")
_explain: Callable[..., Explanation] = load(ASSIGNMENT.explain) if ASSIGNMENT.explain else lambda *given: Explanation()
_MARK = ModuleType("kit: all modules behind this one are imported by the program")  # to copy sys.modules takes longer
_wrappers: list[object] = []  # io.TextIOWrapper(sys.stdout.buffer) closes pytest's stream when it is forgotten


@contextmanager
def running_app(folder: Path, environment: Mapping[str, str], trace: bool = False) -> Iterator[AppClient]:
    """Load `folder`/main.py as uvicorn does and start its app; on leaving, undo all of it.

    `environment` is the whole environment of the program; `trace` makes explanations of its exceptions longer.
    Yields a client for the app. Raises AppDidNotStart.
    """
    folder = folder.resolve()
    main = sys.modules.pop(_NAME, None)  # a test file may have imported it
    sys.modules.pop(_MARK.__name__, None)
    sys.modules[_MARK.__name__] = _MARK
    path, working_directory = sys.path, Path.cwd()
    finders = set(sys.path_importer_cache)
    with (
        quick_pauses(),
        LIBRARIES.while_running(environment) as own,
        _environment(own),
        restored_logging(),
        under_uvicorn(),
        kept_lines(),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # a deprecated call is no mistake of the student's
        try:
            logging.getLogger().setLevel(logging.INFO)  # as a server that shows its log
            sys.path = [str(folder), *path]
            os.chdir(folder)
            with contextlib.ExitStack() as stack:
                with log_of_the_start() as lines:
                    with belongs_to(start := Origin()):
                        module_app = _load(folder, trace)
                    app = stack.enter_context(as_asgi(module_app))
                    host = stack.enter_context(_started(app, folder, trace, start))
                host.start_log = lines
                yield AppClient(host)
        finally:
            _unload(folder, itertools.takewhile(lambda name: name != _MARK.__name__, reversed(sys.modules)))
            if main is not None:
                sys.modules[_NAME] = main
            os.chdir(working_directory)
            sys.path = path
            for entry in sys.path_importer_cache.keys() - finders:  # an entry like "src" means another folder next time
                del sys.path_importer_cache[entry]
            LIBRARIES.reset()


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """Make os.environ equal to `wanted`; afterwards, undo this and what the program changed."""
    before = dict(os.environ)
    _change_environment(before, wanted)
    try:
        yield
    finally:
        _change_environment(dict(os.environ), before)


def _change_environment(now: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Make os.environ, which is equal to `now`, equal to `wanted`: each access costs some microseconds."""
    for name in now.keys() - wanted.keys():
        del os.environ[name]
    for name, value in wanted.items():
        if now.get(name) != value:
            os.environ[name] = value


@contextmanager
def _started(app: Any, folder: Path, trace: bool, start: Origin) -> Iterator[AppServer]:
    with contextlib.ExitStack() as stack:
        try:
            host = stack.enter_context(hosted(app, lambda error: _explain(error, folder, trace), start))
        except BaseException as error:
            why = _explain(error, folder, trace)
            raise AppDidNotStart(f"The app's start-up failed. {why.text}", why.observation) from None
        yield host


def _load(folder: Path, trace: bool) -> Any:
    """Import main.py anew and return its app."""
    if not (folder / _PROGRAM).is_file():
        places = sorted(path.parent.name for path in folder.glob(f"*/{_PROGRAM}"))
        told = f"One is in its folder {places[0]}: name that one." if places else f"Name your program {_PROGRAM}."
        raise AppDidNotStart(f"There is no {_PROGRAM} in this folder. {told}", "no main.py")
    for package in PACKAGES:
        for name in (f"{package}.py", f"{package}/__init__.py"):
            if (folder / name).exists():
                told = f"Your file {name} hides the package {package} from every import. Give it another name."
                raise AppDidNotStart(told, f"a file hides {package}")
    # A file that was written in the last moments must be seen; this drops what Python remembers of the folder.
    sys.path_importer_cache.pop(str(folder), None)
    streams = sys.stdout, sys.stderr
    try:
        with (
            mock.patch.object(uvicorn, "run", _run),
            mock.patch.object(uvicorn.Server, "run", _run),
            LIBRARIES.while_importing(),
        ):
            module = importlib.import_module(_NAME)
    except BaseException as error:  # a program may also call exit() here
        why = _explain(error, folder, trace)
        raise AppDidNotStart(f"Importing {_PROGRAM} failed. {why.text}", why.observation) from None
    finally:
        _wrappers.append((sys.stdout, sys.stderr))
        sys.stdout, sys.stderr = streams
    if not hasattr(module, "app"):
        raise AppDidNotStart(f"{_PROGRAM} has no variable named app.{_elsewhere(module, folder)}", "no app")
    if told := why_no_app(module.app):
        raise AppDidNotStart(told, "app is no app")
    return module.app


def _elsewhere(module: ModuleType, folder: Path) -> str:
    """Say where a program without `app` has something like it."""
    for name, value in vars(module).items():
        if isinstance(value, Starlette):
            return f" Its app is named {name}: rename it to app."
    line = inner_assignment((folder / _PROGRAM).read_bytes(), "app")
    return "" if line is None else (
        f" Line {line} makes it, but inside a function, or below an `if` that did not hold: "
        "put the line at the left edge of the file."
    )  # fmt: skip


def _unload(folder: Path, names: Iterable[str]) -> None:
    """Forget the modules that came from `folder`, so that two submissions' modules never mix, and STATEFUL packages."""
    for name in list(names):
        module = sys.modules[name]
        places = [getattr(module, "__file__", None), *list(getattr(module, "__path__", None) or [])]
        own = any(isinstance(place, str) and Path(place).is_relative_to(folder) for place in places)
        if own or name == _NAME or name.partition(".")[0] in STATEFUL:
            del sys.modules[name]


def _run(*args: object, **kwargs: object) -> NoReturn:
    raise RuntimeError('this starts a server and never ends: put it under `if __name__ == "__main__":`')
