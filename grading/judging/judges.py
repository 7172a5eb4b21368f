"""Judge's side. The fork server of judges: a pytest that has collected the suite and forks one for each submission.

The program then runs in another process, a child of `webapp.farm`: see `webapp.remote`.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import logging
import os
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from pydantic import StrictFloat

from grading.harness.keys import RUNNING
from grading.judging.cold import DEADLINE
from grading.judging.judge import Announcer, Extra, run_pytest
from grading.judging.lines import Done
from grading.processes.channel import Process
from grading.processes.forkserver import Connection, FarmFailed, ForkServer, attached, serve, take_control
from grading.processes.messages import StrictInt, TypeAdapter
from grading.processes.orders import Ready, send_order
from grading.processes.python_process import judge_environment
from grading.processes.sandboxed import SandboxOrder
from grading.results.assignment import ASSIGNMENT, load

_BENCH = load(ASSIGNMENT.bench)  # before the fork

T = TypeVar("T")
FARM_FAILED = 75  # EX_TEMPFAIL in sysexits.h: the submission may be graded again


@dataclass(frozen=True)
class JudgeOrder:
    """Judge the program in `submission`. With two open files: where to write results, and a connection to the farm.

    `work` is the folder to which the program may write, `step` the only step to judge, `patience` in seconds, for one
    answer, and `processor` the one to run on; None is any.
    """

    submission: str
    work: str
    step: StrictInt | None
    patience: StrictInt | StrictFloat
    processor: StrictInt | None


_ORDERS: TypeAdapter[JudgeOrder] = TypeAdapter(JudgeOrder)


def start_judges(tests: Sequence[Path]) -> ForkServer:
    """Start it, for the tests in these files and folders. Raises FarmFailed."""
    arguments = ["grading.judging.judges", str(ASSIGNMENT.tests), *(str(path.resolve()) for path in tests)]
    return ForkServer(arguments, judge_environment(), "The suite could not be collected")


class _Judges:
    """A pytest plugin: instead of running the tests, be a fork server; each child then runs them."""

    def __init__(self, control: socket.socket, announcer: Announcer) -> None:
        self._control = control
        self._announcer = announcer

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Return in a forked judge only, where pytest then runs the collected tests."""
        # Here, so that no judge needs to import them.
        from grading import sandbox  # noqa: F401

        for name in ASSIGNMENT.judges_import:
            load(name)

        for item in session.items:
            item.location  # noqa: B018  # cached before the forks
        gc.collect()
        gc.disable()  # a judge lives for a second
        send_order(self._control, Ready({}))
        order, (results, farm) = serve(self._control, attached(self._control), _ORDERS)
        self._become_judge(session, order, results, Connection(socket.socket(fileno=farm)))

    def _become_judge(self, session: pytest.Session, order: JudgeOrder, results: int, farm: Connection) -> None:
        if order.processor is not None:
            os.sched_setaffinity(0, [order.processor])
        # What uvicorn says of a broken answer, with a traceback, is not for the instructor's terminal.
        logging.getLogger("uvicorn").addHandler(logging.NullHandler())
        # Whatever hangs in the suite itself: a thread of the C library's ends this process.
        faulthandler.dump_traceback_later(DEADLINE * 2, exit=True, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
        steps = None if order.step is None else [order.step]
        self._announcer.begin(session, os.fdopen(results, "w", encoding="utf-8"), steps)
        program_order = SandboxOrder(order.submission, order.work, order.processor)

        def launch() -> Process:
            program = _or_give_up(lambda: farm.launch_program(program_order))
            return Process(program.channel, lambda patience: _or_give_up(lambda: program.end(patience)))

        session.config.stash[RUNNING] = _BENCH(launch, DEADLINE, order.patience).running


def _or_give_up(call: Callable[[], T]) -> T:
    """Call the farm; if it is gone, exit with FARM_FAILED, so that the submission is graded again."""
    try:
        return call()
    except FarmFailed:
        os._exit(FARM_FAILED)


def main() -> None:
    """Collect the suite, then serve the control socket that is standard input."""
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    announcer = Announcer(None)
    judges = _Judges(take_control(), announcer)
    run_pytest(sys.argv[1], sys.argv[2:], [announcer.recorder, announcer, Extra(), judges])
    with contextlib.suppress(OSError):
        announcer.send(Done(True))
    os._exit(0)


if __name__ == "__main__":
    main()
