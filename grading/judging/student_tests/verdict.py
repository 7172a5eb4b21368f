"""Both sides. What pytest says of a student's own tests on one program, a JSON object, from `worker` to `scoring`.

The student's file runs in the process that sends it, so it is hostile: of its form only is anything known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from grading.processes.messages import BadMessage, StrictBool, StrictInt, TypeAdapter, parse_text
from grading.text import plain

LARGEST = 64 * 1024  # bytes


@dataclass(frozen=True)
class Verdict:
    """How many tests passed; the name of the first that did not, or ""; its error; whether the file was imported."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012

    passed: StrictInt
    failed: str
    said: str
    loaded: StrictBool

    @property
    def green(self) -> bool:
        """Whether it accepts the program: a file without any test does not."""
        return self.loaded and not self.failed and self.passed > 0


_VERDICT: TypeAdapter[Verdict] = TypeAdapter(Verdict)


def read_verdict(text: bytes) -> Verdict | None:
    """Return the verdict, fit to be shown; None for anything that is none."""
    try:
        verdict = parse_text(_VERDICT, text[:LARGEST])
    except BadMessage:
        return None
    return replace(verdict, failed=plain(verdict.failed), said=plain(verdict.said))
