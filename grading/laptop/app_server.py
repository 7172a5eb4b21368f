"""The process that serves the student's app: `python app_server.py PORT LOG_LEVEL`, in the app's folder.

It is `uvicorn main:app`, or `uvicorn --interface wsgi main:app` for a WSGI app, but refuses a request whose Host is
not a loopback name: else a web page could reach the app by a name of its own that leads here (DNS rebinding), and spend
the student's key. It is a script without imports of the kit, because what a student calls `grading` must not be mixed
up with it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

import uvicorn
from starlette.middleware.trustedhost import TrustedHostMiddleware

_HOSTS = ("127.0.0.1", "localhost")


def main() -> None:
    """Serve until the process is told to end; exit with 1 or 3, after uvicorn's message, if the app does not start."""
    sys.path[0] = str(Path.cwd())  # as with `python -m uvicorn`; until now it was this script's folder
    settings: dict[str, Any] = {"host": "127.0.0.1", "port": int(sys.argv[1]), "log_level": sys.argv[2]}
    config = uvicorn.Config("main:app", **settings)
    config.load()  # ends this process with a message if there is no such app
    if "litellm" in sys.modules:  # else it prints at each failure where to get help, and no variable turns it off
        sys.modules["litellm"].suppress_debug_info = True  # type: ignore[attr-defined]
    frameworks, app = _frameworks(), sys.modules["main"].app
    if told := frameworks.why_no_app(app):
        sys.exit(told)
    if frameworks.is_wsgi(app):
        config = uvicorn.Config("main:app", **settings, interface="wsgi")
        config.load()
    config.loaded_app = TrustedHostMiddleware(config.loaded_app, allowed_hosts=_HOSTS, www_redirect=False)
    server = uvicorn.Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:  # its own messages have said why
        sys.exit(3)


def _frameworks() -> Any:
    """Load the kit's own file about frameworks, under a name that no program has."""
    spec = importlib.util.spec_from_file_location("kit: frameworks", Path(__file__).parents[1] / "webapp/frameworks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
