"""A warm process that forks sandboxed children on request: `python -m grading.tests.sandbox.farm`.

It reads a JSON object a line: which attack, on what, under which policy; and answers with one: how it ended.
"""

from __future__ import annotations

import errno
import json
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from unittest import mock

from grading.sandbox import Policy, SandboxError, fork_sandboxed, kernel, landlock, layers, namespaces, python_trees
from grading.tests.sandbox.attacks import ALL
from grading.tests.sandbox.attacks.aim import Aim

PATIENCE = 60.0
# Attacks that start nothing, so nothing need be looked for afterwards, which takes as long as the attack.
ALONE = ("files: ", "untouched: ", "networks: ", "kernel: ")


class Farm:
    """Runs one attack after another, each in a child. Its session has a terminal."""

    def __init__(self) -> None:
        self.keyboard, self.terminal = os.openpty()
        os.close(os.open(os.ttyname(self.terminal), os.O_RDWR))  # makes it the session's, which has none yet
        self.namespace = os.open("/proc/self/ns/uts", os.O_RDONLY)

    def answer(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Run one child; return its layers, its outcome (what it got, or by which error it was refused), its end."""
        reader, writer = os.pipe()
        try:
            if order.get("bare"):
                victim, pid = self._without_a_sandbox(order, writer)
                active: tuple[str, ...] = ()
            else:
                victim = None
                pid, active = self._in_the_sandbox(order, writer)
        except SandboxError as problem:
            os.close(reader)
            return {"error": str(problem)}
        finally:
            os.close(writer)
        if order.get("leave"):
            for number in (reader, *order["keep"]):
                os.close(number)
            return {"pid": pid}
        with os.fdopen(reader, "rb") as result:
            ended, _, _ = select.select([result], [], [], PATIENCE)
            if not ended:
                os.kill(pid, signal.SIGKILL)
            said = result.read()
        _, status = os.waitpid(pid, 0)
        return {
            "layers": active,
            "outcome": json.loads(said) if said else None,
            "code": os.waitstatus_to_exitcode(status),
            "core": os.WCOREDUMP(status),
            "left": [] if order["attack"].startswith(ALONE) else survivors(pid),
            "harmed": victim is not None and end(victim) != signal.SIGTERM,
        }

    def _in_the_sandbox(self, order: Mapping[str, Any], writer: int) -> tuple[int, tuple[str, ...]]:
        aim = self._aim(order, os.getpid(), writer)
        policy = Policy(
            readable=(aim.readable, *(python_trees() if order.get("python") else ())),
            writable=aim.own,
            without=frozenset(order["without"]),
            **order.get("policy", {}),
        )
        keep = {writer, self.terminal, self.namespace, *order.get("keep", ())}
        version = min(landlock.abi(), order.get("abi", 99))
        with mock.patch.object(landlock, "abi", return_value=version):
            child = fork_sandboxed(policy, run(order["attack"], aim), keep)
        return child.pid, child.layers

    def _without_a_sandbox(self, order: Mapping[str, Any], writer: int) -> tuple[int, int]:
        """Fork a victim, which stands for the farm, and the attacker, in one group so that killing it ends there."""
        victim = os.fork()
        if victim == 0:
            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
            os.setpgid(0, 0)
            os.close(writer)
            signal.pause()
            os._exit(0)
        os.setpgid(victim, victim)
        pid = os.fork()
        if pid == 0:
            try:
                os.setpgid(0, victim)
                if os.geteuid() == 0:  # whatever it mounts is gone with it
                    kernel.call("unshare", 1 << 17)
                    kernel.call("mount", b"none", b"/", None, 1 << 14 | 1 << 18, None)
                run(order["attack"], self._aim(order, victim, writer))()
                os._exit(0)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        return victim, pid

    def _aim(self, order: Mapping[str, Any], farm: int, writer: int) -> Aim:
        given = {"farm": farm, "terminal": self.terminal, "namespace": self.namespace, "result": writer}
        return Aim({**order["aim"], **given})


def run(name: str, aim: Aim) -> Callable[[], None]:
    """Return what the child does: attack, and say how it went."""

    def attack() -> None:
        outcome: dict[str, object] = {"got": None}
        try:
            outcome["got"] = ALL[name](aim)
        except OSError as refusal:
            outcome = {"refused": errno.errorcode.get(refusal.errno or 0, "?"), "text": str(refusal)}
        except ValueError as refusal:  # so does the module resource
            outcome = {"refused": "EPERM", "text": str(refusal)}
        said = json.dumps(outcome, default=repr)
        os.write(aim.result, said.encode() if len(said) < 4000 else b'{"got": "much"}')

    return attack


def end(victim: int) -> int:
    """End the victim by SIGTERM, which it survives if something else ended it; return the signal that did."""
    os.kill(victim, signal.SIGTERM)
    _, status = os.waitpid(victim, 0)
    return os.WTERMSIG(status)


def survivors(session: int) -> list[str]:
    """The processes that are in the session which the child began."""
    left = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            left.append(stat.parent.name)
    return left


def become(uid: int) -> None:
    """Be an ordinary user, as far as the kernel can tell from one that logged in."""
    namespaces.change_user(uid)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)


def main() -> None:
    """Serve until the input ends."""
    uid, warm = int(sys.argv[1]), sys.argv[2] == "warm"
    if warm:
        from grading.provider import litellm_environment

        litellm_environment.prepare_environment()
        import fastapi.testclient  # noqa: F401
        import litellm  # noqa: F401
    if uid:
        become(uid)
    farm = Farm()
    print(json.dumps([asdict(each) for each in layers()]), flush=True)
    for line in sys.stdin:
        print(json.dumps(farm.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
