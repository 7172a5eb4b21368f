"""LiteLLM for programs under test: see `webapp.libraries` for what each method is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from grading.provider import litellm_environment

_FOUND = find_spec("litellm")
_HOME = Path(_FOUND.origin).parent if _FOUND and _FOUND.origin else None


def _is_litellms(file: str) -> bool:
    return _HOME is not None and Path(file).is_relative_to(_HOME)


class _LiteLLM:
    variables = ("LLM_MODEL", *litellm_environment.PROVIDER_KEYS)

    def prepare_environment(self, environ: MutableMapping[str, str]) -> None:
        litellm_environment.prepare_environment(environ)

    def load(self) -> None:
        litellm_environment.quiet_litellm()
        # Before any fork, because a sandbox cannot read the kit; and late, because they import LiteLLM.
        from grading.provider import own_bug, quick_calls, request_timeout

        self.quick = quick_calls.quick_calls
        self._own_bugs, self.while_importing = own_bug.own_bugs, request_timeout.read_request_timeout

    def warm_up(self) -> None:
        from grading.provider import rehearsal  # imports LiteLLM

        rehearsal.rehearse()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        with litellm_environment.no_retry_delay():
            yield

    @contextmanager
    def while_running(self, environment: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
        own = {name: value for name, value in environment.items() if name != litellm_environment.OWN_BUG}
        with self._own_bugs(len(own) < len(environment)):
            yield own

    def is_housekeeping(self, work: object) -> bool:
        code = getattr(work, "cr_code", None) or getattr(work, "__code__", None)
        return code is not None and "logging" in code.co_qualname.lower() and _is_litellms(code.co_filename)

    def reset(self) -> None:
        litellm_environment.forget_clients()


LITELLM = _LiteLLM()
