"""Where the app under test runs: in pytest's own process, or wherever a judge has it run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from grading.provider import litellm_environment
from grading.provider.provider import Provider, ProviderRouter
from grading.webapp.client import RunningApp
from grading.webapp.network_guard import NetworkGuard
from grading.webapp.reuse import StartApp

RUNNING = pytest.StashKey[StartApp]()
"""What starts the app; `running_here` unless a judge sets another, such as `webapp.remote.Outside.running`."""
JUDGED = pytest.StashKey[bool]()
"""Whether a student's own tests are judged: then they share a start of the app, as the suite's tests do."""


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
