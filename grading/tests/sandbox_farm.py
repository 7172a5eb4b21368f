"""A warm process that forks sandboxed children on request: `python -m grading.tests.sandbox_farm`.

It reads a JSON object a line: which attack, on what, under which policy; and answers with one: how it ended.
"""

from __future__ import annotations

import errno
import json
import os
import select
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from grading.sandbox import Policy, SandboxError, fork_sandboxed, kernel, landlock, layers, namespaces, python_trees
from grading.tests import sandbox_attacks

PATIENCE = 20.0


def answer(order: Mapping[str, Any]) -> dict[str, Any]:
    """Run one child; return its layers, its outcome (what it got, or by which error it was refused), its status."""
    aim = sandbox_attacks.Aim({**order["aim"], "farm": os.getpid()})
    policy = Policy(
        readable=(aim.readable, *(python_trees() if order.get("python") else ())),
        writable=aim.own,
        without=frozenset(order["without"]),
        **order.get("policy", {}),
    )
    reader, writer = os.pipe()

    def run() -> None:
        outcome: dict[str, object] = {"got": None}
        try:
            outcome["got"] = sandbox_attacks.ALL[order["attack"]](aim)
        except OSError as refusal:
            outcome = {"refused": errno.errorcode.get(refusal.errno or 0, "?"), "text": str(refusal)}
        except ValueError as refusal:  # so does the module resource
            outcome = {"refused": "EPERM", "text": str(refusal)}
        os.write(writer, json.dumps(outcome, default=repr).encode()[:4000])

    version = min(landlock.abi(), order.get("abi", 99))
    with mock.patch.object(landlock, "abi", return_value=version):
        try:
            child = fork_sandboxed(policy, run, {writer, *order.get("keep", ())})
        except SandboxError as problem:
            os.close(reader)
            return {"error": str(problem)}
        finally:
            os.close(writer)
    if order.get("leave"):
        for number in (reader, *order["keep"]):
            os.close(number)
        return {"pid": child.pid}
    with os.fdopen(reader, "rb") as result:
        ended, _, _ = select.select([result], [], [], PATIENCE)
        if not ended:
            os.kill(child.pid, signal.SIGKILL)
        said = result.read()
    _, status = os.waitpid(child.pid, 0)
    return {
        "layers": child.layers,
        "outcome": json.loads(said) if said else None,
        "code": os.waitstatus_to_exitcode(status),
        "core": os.WCOREDUMP(status),
        "left": survivors(child.pid),
    }


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
        from grading import litellm_environment

        litellm_environment.prepare_environment()
        import fastapi.testclient  # noqa: F401
        import litellm  # noqa: F401
    if uid:
        become(uid)
    print(json.dumps({each.name: each.why_not for each in layers()}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
