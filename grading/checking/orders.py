"""Orders from `grade check` to its daemon, see `daemon`. Both sides are the same user's; the program under test is not
asked. Where there is no fork, a CheckOrder is the only one, and its results come back over the same connection.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import StrictFloat

from grading.processes.messages import StrictBool, StrictInt, TypeAdapter


@dataclass(frozen=True)
class CheckOrder:
    """Judge the program in `folder` by the tests of these steps. With an open file: where to write results.

    After `deadline` seconds nobody waits any more.
    """

    folder: str
    steps: list[StrictInt]
    trace: StrictBool
    deadline: StrictInt | StrictFloat
    environment: dict[str, str]


@dataclass(frozen=True)
class CommandOrder:
    """Run the command `grade`. With four open files: the standard streams, and where to write the exit code.

    No code is written if the command crashed: the client then runs it itself.
    """

    command: list[str]
    folder: str
    encodings: list[tuple[str, str]]
    environment: dict[str, str]


ORDERS: TypeAdapter[CheckOrder | CommandOrder] = TypeAdapter(CheckOrder | CommandOrder)
