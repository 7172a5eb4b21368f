"""Program's side. Nothing here is trusted: run what any Python web framework makes as an ASGI app, or say what it is.

ASGI apps (FastAPI, Litestar, Quart, Sanic) run as they are, WSGI apps (Flask, Django's `application`, Falcon) in
threads. It imports nothing of the kit: `laptop/app_server.py` loads it beside a student's own modules.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from a2wsgi import WSGIMiddleware

EXTRA = {
    "django": "Django",
    "falcon": "Falcon",
    "flask": "Flask",
    "litestar": "Litestar",
    "quart": "Quart",
    "sanic": "Sanic",
}
"""What `setup --frameworks` installs: packages, and the names that people call them by."""
SETUP = "python3 -m grading setup --frameworks"
STATEFUL = frozenset(["django", "sanic"])
"""Packages that know an app for the whole process, and refuse the next one: they are imported anew for each."""
_OWN_SERVER = {"aiohttp": "aiohttp", "tornado": "Tornado"}
_OTHERS = frozenset("blacksheep bottle cherrypy emmett pyramid robyn starlite tornado turbogears web2py webpy".split())
_ASGI = ("scope", "receive", "send")
_WSGI = ("environ", "start_response")


@contextmanager
def as_asgi(app: Any) -> Iterator[Any]:
    """Yield the app if it is of ASGI, or else an ASGI app that calls this WSGI app in threads, as a2wsgi does."""
    if not is_wsgi(app):
        yield app
        return
    wrapped = WSGIMiddleware(app)
    try:
        yield wrapped
    finally:
        wrapped.executor.shutdown(wait=False, cancel_futures=True)


def why_no_app(app: Any) -> str:
    """Say in a sentence or two what this is instead of an app, and what to do; "" if a server could call it."""
    kind = type(app).__name__
    if not callable(app):
        return f"app is a {kind}, not an app: app = FastAPI() makes one."
    if inspect.isclass(app):
        if hasattr(app, "__await__") or (hasattr(app, "__iter__") and _accepts(app, _WSGI)):
            return ""  # each request makes an object of it: rare, but both ASGI and WSGI allow it
        return f"app is the class {app.__name__}, not an app made from it: app = {app.__name__}(…), with parentheses."
    if _accepts(app, _ASGI) or is_wsgi(app):
        return ""
    if (package := type(app).__module__.partition(".")[0]) in _OWN_SERVER:
        return (
            f"app is made by {_OWN_SERVER[package]}, which brings its own server: neither uvicorn nor the kit can call "
            "it. Write the program with FastAPI, or with another framework for ASGI or WSGI, such as Flask."
        )
    if inspect.isroutine(app):
        if _accepts(app, ()):
            return f"app is the function {app.__name__}, not what it returns: app = {app.__name__}(), with parentheses."
        told = f"app is the function {app.__name__}{_parameters(app)}, not an app:"
        return f"{told} app = FastAPI() makes one, and @app.post(…) above a function makes it answer."
    return f"app is a {kind}, and no server for ASGI or WSGI can call it: app = FastAPI() makes an app."


def about_package(name: str) -> str:
    """Say what to do about a web framework that can't be imported; "" for any other package."""
    if name in EXTRA:
        return (
            f"{EXTRA[name]} can be graded, but is not installed here: {SETUP} installs it. "
            "Ask your instructor whether it is there where your program is graded, or use FastAPI, as the steps do."
        )
    if name in _OTHERS:
        others = ", ".join(EXTRA.values())
        return f"The kit does not install this framework. It has FastAPI; with {SETUP} it has {others}, too."
    return ""


def is_wsgi(app: Any) -> bool:
    """Whether it takes what WSGI gives (PEP 3333) and nothing else; `*args` could be of either kind, so is ASGI."""
    call = getattr(app, "__call__", None)  # noqa: B004  # it may be a coroutine function
    if not _accepts(app, _WSGI) or inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(call):
        return False
    return all(each.kind is not each.VAR_POSITIONAL for each in inspect.signature(app).parameters.values())


def _accepts(app: Any, arguments: tuple[str, ...]) -> bool:
    """Whether it can be called with as many arguments; what does not tell is taken for ASGI."""
    try:
        inspect.signature(app).bind(*arguments)
    except TypeError:
        return False
    except Exception:  # written in C, or a signature of the program's own
        return arguments == _ASGI
    return True


def _parameters(function: Any) -> str:
    return f"({', '.join(inspect.signature(function).parameters)})"
