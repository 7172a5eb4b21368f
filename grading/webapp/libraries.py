"""Program's side. Nothing here is trusted: what programs of this assignment import, loaded once, as new for each."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from grading.results.assignment import ASSIGNMENT, load


class Libraries(Protocol):
    """What `libraries` of assignment.toml names."""

    variables: Collection[str]
    """The environment variables that tests set for a program, and that it has from nobody else."""

    def prepare_environment(self, environ: MutableMapping[str, str]) -> None:
        """Change `environ` so that no real key or address is in it."""

    def load(self) -> None:
        """Import them, before any program is loaded. Further calls change nothing."""

    def warm_up(self) -> None:
        """Do what only a first use does, before forks. No thread may be left."""

    def in_use(self) -> AbstractContextManager[None]:
        """Change, as long as programs run, what would only take time."""

    def while_running(self, environment: Mapping[str, str]) -> AbstractContextManager[Mapping[str, str]]:
        """Change what one start asks for by its environment variables. Enters with those that the program sees."""

    def while_importing(self) -> AbstractContextManager[None]:
        """Do, while a program is imported, what a library does only when it is imported itself."""

    def is_housekeeping(self, work: object) -> bool:
        """Whether a coroutine or a function is a library's own work beside the program's, and asks nobody: logging."""

    def quick(self) -> AbstractContextManager[None]:
        """Take short cuts for programs of the kit's own, which nobody else can see; httpx has been redirected."""

    def reset(self) -> None:
        """Undo what a program may have changed, before the next one."""


class _None:
    """Programs import nothing that takes long or remembers anything."""

    variables: Collection[str] = ()

    def prepare_environment(self, environ: MutableMapping[str, str]) -> None:
        """Change nothing."""

    load = warm_up = reset = lambda self: None

    def in_use(self) -> AbstractContextManager[None]:
        """Change nothing."""
        return nullcontext()

    def while_running(self, environment: Mapping[str, str]) -> AbstractContextManager[Mapping[str, str]]:
        """Change nothing."""
        return nullcontext(environment)

    while_importing = quick = in_use

    def is_housekeeping(self, work: object) -> bool:
        """Nothing is."""
        return False


LIBRARIES: Libraries = load(ASSIGNMENT.libraries) if ASSIGNMENT.libraries else _None()


def inherited_environment() -> dict[str, str]:
    """Return this process's environment without what tests set."""
    return {name: value for name, value in os.environ.items() if name not in LIBRARIES.variables}
