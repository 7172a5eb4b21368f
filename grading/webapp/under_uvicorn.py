"""Program's side. What a program finds when uvicorn runs it: signals that it may handle, and uvicorn's log handlers.

uvicorn runs the event loop in the main thread; here it has a thread of its own (see `asgi_server`), where Python lets
nobody handle signals. Nobody sends any, so what the program asks for there need not be done.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from grading.webapp.standing import SERVER


@contextlib.contextmanager
def under_uvicorn() -> Iterator[None]:
    """Let the app's thread handle signals, and give uvicorn's loggers the handlers that they have under uvicorn.

    Enter it in what restores the loggers. Their handlers write nothing.
    """
    for name in ("uvicorn", "uvicorn.access"):
        if not (logger := logging.getLogger(name)).handlers:
            logger.addHandler(handler := logging.NullHandler())
            handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))

    def unless_in_the_apps_thread(call: Callable[..., Any], instead: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **options: Any) -> Any:
            in_it = any(thread is threading.current_thread() for thread, _ in SERVER)
            return (instead if in_it else call)(*args, **options)

        return called

    changed: list[tuple[object, str, Callable[..., Any]]] = [
        (signal, "signal", lambda number, handler: signal.getsignal(number)),
        (signal, "set_wakeup_fd", lambda fd, **options: -1),
    ]
    if os.name == "posix":  # Windows's loops have none of the two
        changed += [
            (asyncio.SelectorEventLoop, "add_signal_handler", lambda loop, number, callback, *args: None),
            (asyncio.SelectorEventLoop, "remove_signal_handler", lambda loop, number: False),
        ]
    with contextlib.ExitStack() as stack:
        for owner, name, instead in changed:
            stack.enter_context(
                mock.patch.object(owner, name, unless_in_the_apps_thread(getattr(owner, name), instead))
            )
        yield
