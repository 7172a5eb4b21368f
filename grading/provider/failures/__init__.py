"""Real providers' failures: a file for each provider, each failure with its status, its body and the source of both.

A body is the provider's wording where the source has it; `own_words` marks those whose source gives the status and the
form only. Names of organizations and accounts are replaced. What LiteLLM and the solution make of each failure is
measured, not written here: see `grading.maintain.providers`.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

KINDS = "throttled quota too_long filter overloaded key permission model server".split()
"""What can go wrong, whichever words the provider has for it."""


@dataclass(frozen=True)
class Failure:
    """One failure: the provider answers `status` with `body`, JSON as it stands in the source."""

    provider: str
    name: str
    kind: str
    status: int
    body: str
    source: str
    headers: dict[str, str] = field(default_factory=dict)
    own_words: bool = False


@dataclass(frozen=True)
class ProviderFailures:
    """A provider's failures. `model` is a model of it as LiteLLM names it; `retired`: it answers nobody any more.

    `streams` is False if LiteLLM makes its streams itself, out of whole answers.
    """

    name: str
    model: str
    failures: tuple[Failure, ...]
    retired: bool = False
    streams: bool = True


@functools.cache
def providers() -> MappingProxyType[str, ProviderFailures]:
    """Return all providers by their LiteLLM prefix. Raises ValueError for a file that has another form."""
    return MappingProxyType({path.stem: _read(path) for path in sorted(Path(__file__).parent.glob("*.toml"))})


def failure(provider: str, name: str) -> Failure:
    """Return the failure of this name; a kind stands for the provider's first failure of it. Raises KeyError."""
    known = providers()[provider].failures if provider in providers() else ()
    found = [each for each in known if name in (each.name, each.kind)]
    if not found:
        names = ", ".join(repr(each.name) for each in known) or f"one of {', '.join(providers())} comes first"
        raise KeyError(f"{provider} has no failure {name!r}: {names}")
    return found[0]


def _read(path: Path) -> ProviderFailures:
    table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        found = tuple(Failure(provider=path.stem, **row) for row in table.pop("failure", []))
        provider = ProviderFailures(path.stem, failures=found, **table)
    except TypeError as wrong:
        raise ValueError(f"{path.name}: {wrong}") from wrong
    if unknown := {each.kind for each in found} - set(KINDS):
        raise ValueError(f"{path.name}: no such kind of failure: {', '.join(sorted(unknown))}")
    return provider
