"""What a program may use, and what a sandbox can say about itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

MIB = 2**20

# On top of what the fork inherits. A pool of 40 threads reserves 320 MiB for stacks; an endpoint needs little else.
MEMORY = 1024 * MIB
# A submission needs about 0.3 s; this ends a program that computes for ever, should its supervisor be gone.
CPU_SECONDS = 60
# "nobody": owns no file, so nothing is lost if it is somebody else's, too.
NOBODY = 65534


LAYERS = ("limits", "cgroup", "namespaces", "user", "landlock", "seccomp")


class SandboxError(Exception):
    """The sandbox cannot be entered as asked, so nothing was run; the text says why and what to do."""


@dataclass(frozen=True)
class Policy:
    """What one program may use. Paths that do not exist are an error; sizes are in bytes."""

    readable: tuple[Path, ...]
    """Files and trees that may be read. Nothing secret may lie below them."""
    writable: Path | None = None
    """An empty folder of its own: with namespaces a tmpfs of `space` bytes, else this folder itself."""
    memory: int = MEMORY
    """Address space that it may map in addition to what it inherits."""
    cpu_seconds: int = CPU_SECONDS
    # A log or a small database; nobody hands in a program that writes more.
    file_size: int = 8 * MIB
    space: int = 32 * MIB
    # An event loop takes 5, each parallel call to a model at most a few.
    open_files: int = 256
    # AnyIO's pool for sync endpoints has 40 threads, LiteLLM's for logging up to 100.
    threads: int = 256
    """Binds where namespaces work; elsewhere the kernel counts all of the user's threads together."""
    processor: int | None = None
    """The number of the only processor that it may use; None is any."""
    uid: int = NOBODY
    """Who it runs as if the grader is root."""
    without: frozenset[str] = frozenset()
    """Names of layers not to use even if they work here."""


@dataclass(frozen=True)
class Layer:
    """One mechanism of the kernel, and whether it works on this machine."""

    name: str
    active: bool
    stops: str
    why_not: str
    """Empty if `active`; else the reason and, where there is one, the remedy."""


def confines(layers: Collection[str]) -> bool:
    """Whether these layers together keep a hostile program from files, networks and other processes."""
    return "seccomp" in layers and ("landlock" in layers or "namespaces" in layers)
