"""Both sides. What pytest says of a student's own tests on one program, a JSON object, from `worker` to `scoring`.

The student's file runs in the process that sends it, so it is hostile: of its form only is anything known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from grading.processes.messages import BadMessage, StrictBool, StrictInt, TypeAdapter, parse_text

LARGEST = 64 * 1024  # bytes
COMPILE = "compile"
"""The task of a child of `worker` that compiles the file, without a verdict."""
_FAILED, _SAID = 200, 2_000  # characters


@dataclass(frozen=True)
class Verdict:
    """How many tests passed; the name of the first that did not, or "", its error, and the line of the file.

    `loaded` says whether the file was imported; `line` is 0 if none is known. What a test says may quote a program, so
    `reasons` tells only what stands in the file as well.
    """

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012

    passed: StrictInt
    failed: str
    said: str
    line: StrictInt
    loaded: StrictBool

    def cut(self) -> Verdict:
        """Return it with texts of bounded length: `reasons` searches them in the grader's own process."""
        return replace(self, failed=self.failed[:_FAILED], said=self.said[:_SAID])

    @property
    def green(self) -> bool:
        """Whether it accepts the program: a file without any test does not."""
        return self.loaded and not self.failed and self.passed > 0


_VERDICT: TypeAdapter[Verdict] = TypeAdapter(Verdict)


def read_verdict(text: bytes) -> Verdict | None:
    """Return the verdict, with its texts cut; None for anything that is none."""
    try:
        return parse_text(_VERDICT, text[:LARGEST]).cut()
    except BadMessage:
        return None
