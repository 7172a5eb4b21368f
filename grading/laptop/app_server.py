"""The process that serves the student's app: `python app_server.py PORT LOG_LEVEL`, in the app's folder.

It is `uvicorn main:app`, but refuses a request whose Host is not a loopback name: else a web page could reach the app
by a name of its own that leads here (DNS rebinding), and spend the student's key. It is a script without imports of
the kit, because what a student calls `grading` must not be mixed up with it.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import uvicorn
from starlette.middleware.trustedhost import TrustedHostMiddleware

_HOSTS = ("127.0.0.1", "localhost")


def main() -> None:
    """Serve until the process is told to end; exit with 1 or 3, after uvicorn's message, if the app does not start."""
    sys.path[0] = str(Path.cwd())  # as with `python -m uvicorn`; until now it was this script's folder
    config = uvicorn.Config("main:app", host="127.0.0.1", port=int(sys.argv[1]), log_level=sys.argv[2])
    config.load()
    config.loaded_app = TrustedHostMiddleware(config.loaded_app, allowed_hosts=_HOSTS, www_redirect=False)
    server = uvicorn.Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:  # its own messages have said why
        sys.exit(3)


if __name__ == "__main__":
    main()
