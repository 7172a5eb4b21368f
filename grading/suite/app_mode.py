"""Run the app under test in pytest's own process, if no judge has it run apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from grading.webapp.client import RunningApp
from grading.webapp.libraries import LIBRARIES, inherited_environment
from grading.webapp.network_guard import NetworkGuard
from grading.webapp.outgoing import Outgoing


@contextmanager
def running_here(
    folder: Path, variables: Mapping[str, str], outgoing: Outgoing, guard: NetworkGuard, trace: bool = False
) -> Iterator[RunningApp]:
    """Run the app of `folder` in this process, with these environment variables. Raises AppDidNotStart."""
    # Late: this imports what programs import, which takes seconds that `pytest --help` need not wait for.
    from grading.webapp.loading import running_app

    with (
        LIBRARIES.in_use(),
        outgoing.caught() as catcher,
        guard.active(),
        running_app(folder, {**inherited_environment(), **variables}, trace) as client,
    ):

        def begin(outgoing: Outgoing) -> None:
            catcher.provider = outgoing
            outgoing.server_thread = client.host.thread.ident

        yield RunningApp(client, begin)
