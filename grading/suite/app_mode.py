"""Run the app under test in pytest's own process, if no judge has it run apart."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import contextmanager
from pathlib import Path
from time import monotonic  # by its own name: the program has another clock
from typing import TypeVar

from grading.processes.python_process import PATIENCE
from grading.results.assignment import ASSIGNMENT
from grading.results.failure import Explanation
from grading.suite.alarm import Alarm
from grading.webapp.client import AppDidNotStart, RunningApp
from grading.webapp.libraries import LIBRARIES, inherited_environment
from grading.webapp.network_guard import NetworkGuard
from grading.webapp.outgoing import Outgoing
from grading.webapp.standing import NeverEnds, interrupt, is_debugged, standing
from grading.webapp.waiting import NO_START, START, TooSlow, WaitingBudget

T = TypeVar("T")

_LAST_WORDS = 1.0  # seconds that an interrupted program has to end its request


class Here:
    """Runs one program in this process, for the tests of one run of the suite."""

    def __init__(self, deadline: float = math.inf, *, patience: float = PATIENCE, trace: bool = False) -> None:
        """`deadline` and `patience` as for a WaitingBudget; `trace` makes explanations of exceptions longer."""
        self._deadline, self._patience, self._trace = deadline, patience, trace
        self._budget: WaitingBudget | None = None
        self._problems: dict[object, Explanation] = {}  # environment to why a start in it never ended

    @contextmanager
    def running(
        self, folder: Path, variables: Mapping[str, str], outgoing: Outgoing, guard: NetworkGuard
    ) -> Iterator[RunningApp]:
        """Run the app of `folder` in this process, with these environment variables. Raises AppDidNotStart."""
        # Late: this imports what programs import, which takes seconds that `pytest --help` need not wait for.
        from grading.webapp.loading import running_app

        budget = self._budget = self._budget or WaitingBudget(self._deadline, self._patience)
        budget.check()
        environment, folder = frozenset(variables.items()), folder.resolve()
        if known := self._problems.get(environment):
            raise AppDidNotStart(known.text, known.observation)
        with (
            LIBRARIES.in_use(),
            outgoing.caught() as catcher,
            guard.active(),
            contextlib.ExitStack() as stack,
        ):
            patience = budget.for_one_answer
            alarm = Alarm(folder, budget.here(patience))
            try:
                with alarm:
                    app = running_app(folder, {**inherited_environment(), **variables}, self._trace)
                    client = stack.enter_context(app)
            except (AppDidNotStart, NeverEnds):
                if alarm.where is None:
                    raise
                budget.spend(budget.here(patience))
                slow = TooSlow(START, patience, alarm.where, otherwise=NO_START).failure
                problem = Explanation(f"Importing {ASSIGNMENT.program} failed: {slow.came_back}", slow.observation)
                if not budget.patient:
                    self._problems[environment] = problem
                interrupt(folder)
                raise AppDidNotStart(problem.text, problem.observation) from None

            def wait_for(answer: Future[T], sent: str) -> T:
                return _wait_for(answer, sent, folder, budget)

            client.host.wait_for = wait_for

            def begin(outgoing: Outgoing) -> None:
                catcher.provider = outgoing
                outgoing.server_thread = client.host.thread.ident

            yield RunningApp(client, begin)


def _wait_for(answer: Future[T], sent: str, folder: Path, budget: WaitingBudget) -> T:
    """Wait for what the app's event loop does. Raises TooSlow, and ends what the program does there."""
    budget.check()
    patience, began = budget.for_one_answer, monotonic()
    while not answer.done():
        wait([answer], budget.here(patience))
        if not answer.done() and not is_debugged():
            where = standing(folder)
            end = monotonic() + _LAST_WORDS
            while interrupt(folder) and not answer.done() and monotonic() < end:
                wait([answer], _LAST_WORDS / 20)
            budget.spend(monotonic() - began)
            raise TooSlow(sent, patience, where)
    return answer.result()
