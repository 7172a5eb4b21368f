"""Control groups: memory and tasks of a whole program, as the kernel counts them.

Where one is ours to make: as root, or in a cgroup v2 that was delegated (systemd delegates to a desktop's user). The
other limits bound address space, and without namespaces count the tasks of every process of the user; this counts
what is really used, buffers of the kernel and `writable` too, of this program alone. Making, entering and removing
one takes less than a millisecond, a few where the kernel has to wait for its processors.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import itertools
import os
from pathlib import Path

from grading.sandbox.policy import MIB, Policy

ROOT = Path("/sys/fs/cgroup")
_NUMBERS = itertools.count()
# Stacks and page tables of the kernel, buffers of pipes: what a program may use beside its own memory.
_ASIDE = 16 * MIB


def places(mounted: Path = ROOT, own: Path = Path("/proc/self/cgroup")) -> tuple[Path, ...]:
    """Return the folders in which to make groups: one of version 2, or two of version 1; none if there are none.

    `own` says in which groups this process is, see cgroups(7).
    """
    try:
        rows = [row.split(":", 2) for row in own.read_text().splitlines()]
    except OSError:
        return ()
    groups = {name: path.lstrip("/") for _, names, path in rows for name in names.split(",")}
    one = [mounted / name / groups[name] for name in ("memory", "pids") if name in groups]
    if len(one) == 2:
        return tuple(one) if all(os.access(each, os.W_OK) for each in one) else ()
    # A group with processes in it cannot have limited ones below it, so a sibling of ours must do, or of one above.
    for each in [mounted / groups.get("", ""), *(mounted / groups.get("", "")).parents]:
        with contextlib.suppress(OSError):
            handed_down = (each / "cgroup.subtree_control").read_text().split()
            if {"memory", "pids"}.issubset(handed_down) and os.access(each / "cgroup.procs", os.W_OK):
                return (each,)
    return ()


@functools.cache
def _places() -> tuple[Path, ...]:
    atexit.register(sweep)
    return places()


def make(policy: Policy) -> tuple[Path, ...]:
    """Make the groups for one program and return them. Raises OSError."""
    sweep()
    made = []
    for place in _places():
        group = place / f"grading-{os.getpid()}-{next(_NUMBERS)}"
        group.mkdir()
        made.append(group)
        memory = str(policy.memory + policy.space + _ASIDE)
        limits = {"memory.limit_in_bytes": memory, "memory.memsw.limit_in_bytes": memory}
        limits |= {"memory.max": memory, "memory.swap.max": "0", "memory.oom.group": "1"}
        limits |= {"pids.max": str(policy.threads + 1)}  # and one that waits
        for name, value in limits.items():
            if (group / name).exists():
                (group / name).write_text(value)
    if not made:
        raise OSError("none may be made here")
    return tuple(made)


def enter(groups: tuple[Path, ...]) -> None:
    """Move this process into the groups. Raises OSError."""
    for group in groups:
        (group / "cgroup.procs").write_text("0")


def sweep() -> None:
    """Remove this process's groups, and those of graders that were killed, unless a program is still in them."""
    for place in _places():
        with contextlib.suppress(OSError):
            for group in place.glob("grading-*-*"):
                maker = group.name.split("-")[1]
                if maker == str(os.getpid()) or not Path("/proc", maker).exists():
                    with contextlib.suppress(OSError):
                        group.rmdir()
