"""Orders from the grader to the fork server of its judges; both sides are trusted."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import StrictFloat

from grading.processes.messages import StrictInt, TypeAdapter

DEADLINE = 120.0
"""Seconds for the whole suite on one submission; the solution needs about three."""


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


JUDGE_ORDERS: TypeAdapter[JudgeOrder] = TypeAdapter(JudgeOrder)
