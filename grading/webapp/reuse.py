"""Judge's side. Trusts nothing that it receives: keep the app running from one test to the next.

A start takes as long as several requests. This must not change a mark. So an app is kept only after a test that passed,
and only for a test that needs the same program and environment; and a test that fails on a kept app is run again on one
that was just started: that counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from grading.webapp.client import RunningApp
from grading.webapp.network_guard import NetworkGuard
from grading.webapp.outgoing import Outgoing
from grading.webapp.waiting import TooSlow

StartApp = Callable[[Path, Mapping[str, str], Outgoing, NetworkGuard], AbstractContextManager[RunningApp]]
"""Starts the app of a folder with environment variables, and stops it on leaving. Raises AppDidNotStart."""


class KeptApp:
    """At most one app that runs."""

    def __init__(self) -> None:
        self.guard = NetworkGuard()
        """Hears of all contacts of the app."""
        self._stack = ExitStack()
        self._key: object = None
        self._app: RunningApp | None = None
        self._hung: dict[object, dict[str, list[TooSlow]]] = {}  # by environment
        self._used: Callable[[], bool] = lambda: False

    def was_used(self) -> bool:
        """Whether what the current test saw may come from what others did to its app, or to the app's process."""
        return self._used()

    def forget(self) -> None:
        """A new test begins."""
        self._used = lambda: False

    def get(
        self, running: StartApp, folder: Path, variables: Mapping[str, str], outgoing: Outgoing, keep: bool
    ) -> RunningApp:
        """Return an app that runs: a new one if the kept one does not suit, or not `keep`. Raises AppDidNotStart."""
        key = running, folder, dict(variables)
        reused = keep and self._app is not None and self._key == key
        if self._app is None or not reused:
            self.close()
            self._app, self._key = self._stack.enter_context(running(folder, variables, outgoing, self.guard)), key
            self._app.client.hung = self._hung.setdefault(frozenset(variables.items()), {})
        self._used = (lambda: True) if reused else self._app.worn_out
        self._app.begin(outgoing)
        return self._app

    def close(self) -> None:
        """Stop the app, if one runs."""
        self._app = None
        self._stack.close()
