"""LiteLLM for programs under test: see `webapp.libraries` for what each method is for."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager

from grading.provider import litellm_environment


class _LiteLLM:
    variables = ("LLM_MODEL", *litellm_environment.PROVIDER_KEYS)

    def prepare_environment(self, environ: MutableMapping[str, str]) -> None:
        litellm_environment.prepare_environment(environ)

    def load(self) -> None:
        litellm_environment.quiet_litellm()

    def warm_up(self) -> None:
        from grading.provider import rehearsal  # imports LiteLLM

        rehearsal.rehearse()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        with litellm_environment.no_retry_delay():
            yield

    def reset(self) -> None:
        litellm_environment.forget_clients()


LITELLM = _LiteLLM()
