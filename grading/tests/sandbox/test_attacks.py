"""Hostile programs in the sandbox get nothing. Each runs under several sets of layers."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from grading.tests.sandbox import attacks
from grading.tests.sandbox.attacker import EXTREMES, FLOODED, Attacker, Farm, Field

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the sandbox")
REFUSED = {"EPERM", "ENOSYS"}
REFUSED_FILE = {"EPERM", "EACCES", "ENOENT", "EROFS", "EXDEV", "ENOTSUP", "EOPNOTSUPP"}


def refused(answer: dict[str, Any], reasons: set[str]) -> bool:
    """Whether the attack was refused for one of these reasons, changed nothing and left nothing behind."""
    assert answer["outcome"], f"the program has ended: {answer}"
    return answer["outcome"].get("refused") in reasons and not answer["touched"] and not answer["left"]


@pytest.mark.parametrize("attack", attacks.FILES)
def test_other_files(attacker: Attacker, attack: str) -> None:
    answer = attacker(f"files: {attack}")
    assert refused(answer, REFUSED_FILE), answer


@pytest.mark.parametrize("attack", attacks.UNTOUCHED)
def test_changing_what_landlock_does_not_see(attacker: Attacker, attack: str) -> None:
    answer = attacker(f"untouched: {attack}")
    assert answer["outcome"] == {"got": None}
    assert not answer["touched"]


@pytest.mark.parametrize("attacker", EXTREMES, indirect=True)
@pytest.mark.parametrize("attack", attacks.PROCESSES)
def test_processes(attacker: Attacker, attack: str) -> None:
    answer = attacker(f"processes: {attack}")
    assert refused(answer, REFUSED), answer


@pytest.mark.parametrize("attack", attacks.NETWORKS)
def test_networks(attacker: Attacker, attack: str) -> None:
    answer = attacker(f"networks: {attack}")
    assert refused(answer, REFUSED), answer


@pytest.mark.parametrize("attacker", EXTREMES, indirect=True)
@pytest.mark.parametrize("attack", attacks.KERNEL)
def test_the_kernel(attacker: Attacker, attack: str) -> None:
    answer = attacker(f"kernel: {attack}")
    assert refused(answer, REFUSED), answer


NEEDS_ROOT = {"files: make a device", "files: leave its control group", "networks: raw packets"} | {
    f"kernel: {name}"
    for name in (
        "a new mount namespace", "the farm's namespace", "mount", "unmount", "another mount call", "another root",
        "root", "root's group", "other groups", "capabilities", "bpf", "performance counters", "the hostname",
        "type into a terminal",
    )
}  # fmt: skip
_YAMA = "a kernel with Yama lets nobody trace a process that is not its child"
_CONTAINER = "containers and careful kernels refuse it to everybody"
NOT_EVERYWHERE = {
    "files: read the farm's memory": _YAMA,
    "files: read it through /proc of the farm": _YAMA,
    "processes: ptrace the farm": _YAMA,
    "processes: read the farm's memory by call": _YAMA,
    "processes: write the farm's memory by call": _YAMA,
    "processes: file of the farm by pidfd": _YAMA,
    "processes: compare with the farm": _YAMA,
    "processes: clone into new namespaces": _CONTAINER,
    "files: name a file by handle": _CONTAINER,
    "files: set an attribute": "not every file system has attributes",
    "processes: message queue (POSIX)": "not every kernel has it",
    "networks: TCP version 6": "it has no IPv6",
    "networks: vsock": "not every kernel has it",
    "networks: the kernel's ciphers": "not every kernel has it",
    **dict.fromkeys(
        (*NEEDS_ROOT, "kernel: a new user namespace", "kernel: io_uring", "kernel: keys", "kernel: userfaultfd",
        "kernel: personality", "kernel: open with a structure"),
        _CONTAINER,
    ),
}  # fmt: skip
HARMFUL = {
    f"processes: {name}"
    for name in ("kill the farm", "kill its group", "kill a thread of the farm", "kill the farm by a group call",
    "queue a signal to the farm", "signal by the owner of a socket", "signal by pidfd")
}  # fmt: skip


@pytest.mark.parametrize("attack", [name for name in attacks.ALL if not name.startswith(("ends", "honest"))])
def test_it_works_without_the_sandbox(farms: dict[str, Farm], field: Field, attack: str) -> None:
    """Else being refused would prove nothing."""
    who = "root" if attack in NEEDS_ROOT else "user"
    if who not in farms:
        pytest.skip("works for root only")
    answer = Attacker(farms[who], field, {"without": [], "bare": True})(attack)
    outcome = answer["outcome"] or {"got": "its own end"}
    if "refused" in outcome and attack in NOT_EVERYWHERE:
        pytest.skip(f"not on this machine: {NOT_EVERYWHERE[attack]}")
    assert "got" in outcome, answer
    assert answer["code"] == (-9 if "its group" in attack else 0)
    assert answer["harmed"] == (attack in HARMFUL)
    if attack.startswith("untouched: "):
        assert answer["touched"]
    if attack.startswith("floods: "):
        assert outcome["got"] > FLOODED[attack.removeprefix("floods: ")]
