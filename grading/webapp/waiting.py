"""Judge's side. How long the judge of one submission waits for its program, in whichever process that runs."""

from __future__ import annotations

import os
from time import monotonic  # by its own name: programs that run in this process may have another clock

from grading.results.assignment import ASSIGNMENT
from grading.results.failure import ContractBroken, Explanation

START = f"uvicorn {ASSIGNMENT.program.removesuffix('.py')}:app"
NO_ANSWER = "the whole program stands still"
NO_START = f"{ASSIGNMENT.program} was not loaded"
_USUAL = 4.0  # processes that compute, for each processor: where a class is graded there are about as many
_MOST = 4.0  # times: beyond that, a deadline is near


def crowding() -> float:
    """Return how many times longer than usual something takes here, as others compute at the same time: 1 to _MOST."""
    try:
        load = os.getloadavg()[0]
    except (AttributeError, OSError):  # Windows; and where the system does not say
        return 1.0
    return min(max(load / (os.cpu_count() or 1) / _USUAL, 1.0), _MOST)


class TooSlow(ContractBroken):
    """No answer came in time."""

    def __init__(self, sent: str, patience: float, where: Explanation, otherwise: str = NO_ANSWER) -> None:
        """`where` says in which line the program stands, `otherwise` what is wrong if that says nothing."""
        expected = "an answer. What ends the loop there, or what does it wait for?" if where.text else "an answer"
        where = where if where.text else Explanation(otherwise, otherwise)
        seconds = round(patience, 1)  # few, if the deadline is near
        came_back = f"no answer within {seconds:g} second{'s' if seconds != 1 else ''}: {where.text}"
        observation = f"no answer in time: {where.observation}"
        super().__init__(sent=sent, came_back=came_back, expected=expected, look_at="", observation=observation)


class WaitingBudget:
    """How long the judge waits for one submission. It gets impatient with one that has kept it waiting in vain."""

    def __init__(self, deadline: float, patience: float) -> None:
        """`deadline` is in seconds from now, for all; `patience` in seconds, for one answer."""
        self._patience = patience
        self._left = 2 * patience
        self._end = monotonic() + deadline

    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return monotonic() > self._end

    def check(self) -> None:
        """Raise ContractBroken if the deadline has passed."""
        if self.is_over():
            came_back = "nothing: the time for this submission was over"
            raise ContractBroken(sent="", came_back=came_back, expected="quick answers", look_at="")

    @property
    def grace(self) -> float:
        """Seconds for what has no answer: an app's shutdown, or the end of a process that has closed its channel."""
        return 0.1 * self._patience * crowding()

    @property
    def patient(self) -> bool:
        """Whether a slow answer may still be a busy computer's fault."""
        return self._left > 0

    @property
    def for_one_answer(self) -> float:
        """Seconds on a computer that is no busier than usual; never more than are left until the deadline."""
        seconds = self._patience if self.patient else 0.1 * self._patience
        return max(0.01, min(seconds, self._end - monotonic()))

    def here(self, seconds: float) -> float:
        """Return as many seconds as on this computer are worth so many; no more than are left until the deadline."""
        return max(0.01, min(seconds * crowding(), self._end - monotonic()))

    @property
    def last_words(self) -> float:
        """Seconds that a program has to say where it stands."""
        return self.here(1.0)

    def spend(self, seconds: float) -> None:
        """Count a wait that was in vain."""
        self._left -= seconds / crowding()
