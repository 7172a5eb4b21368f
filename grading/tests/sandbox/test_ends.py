"""However a program in the sandbox ends, its end is told truly, and nothing of it survives."""

from __future__ import annotations

import os
import select
import sys

import pytest

from grading.tests.sandbox.attacker import EXTREMES, Attacker, Farm

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the sandbox")

PATIENCE = 30.0


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("return", 0),
        ("exit", 7),
        ("exit with a text", 1),
        ("exit at once", 7),
        ("an exception", 1),
        ("SIGTERM", 128 + 15),
        ("SIGALRM", 128 + 14),
        ("SIGINT", 1),
        ("SIGKILL", -31),  # SIGSYS: the filter ends it
        ("a fault", -11),
    ],
)
def test_how_it_ended(attacker: Attacker, end: str, code: int) -> None:
    """The same with and without namespaces, although there it is process 1, which most signals do not end."""
    answer = attacker(f"ends: {end}")
    assert (answer["code"], answer["core"], answer["left"]) == (code, False, [])


def test_abort_leaves_no_core(attacker: Attacker) -> None:
    answer = attacker("ends: abort")
    assert answer["code"] < 0
    assert not answer["core"]


@pytest.mark.parametrize("attacker", EXTREMES, indirect=True)
@pytest.mark.parametrize("victim", ["farm", "child"])
def test_nothing_survives(attacker: Attacker, victim: str) -> None:
    """A program that ignores all signals ends with the process that forked it, and by SIGKILL."""
    alive, held = os.pipe()
    own = Farm(attacker.farm.uid, "cold", (held,))
    os.close(held)
    try:
        aim = attacker.field.prepare()
        answer = own.ask(attack="ends: hang", aim=aim, keep=[held], leave=True, **attacker.settings)
        assert not select.select([alive], [], [], 0)[0]
        os.kill(answer["pid"] if victim == "child" else own.process.pid, 9)
        assert select.select([alive], [], [], PATIENCE)[0], "it is still alive"
        assert os.read(alive, 1) == b""
    finally:
        os.close(alive)
        own.close()
