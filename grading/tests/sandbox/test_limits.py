"""A program in the sandbox uses no more than it may, and control groups count what other limits do not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from grading.sandbox import cgroup
from grading.tests.sandbox import attacks
from grading.tests.sandbox.attacker import EXTREMES, FLOODED, POLICY, Attacker, Farm, Field

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the sandbox")


@pytest.mark.parametrize("kind", [kind for kind in attacks.FLOODS if kind != "processor time"])
def test_a_flood(attacker: Attacker, kind: str) -> None:
    limited = attacker.namespaces or (kind == "threads" and "cgroup" in attacker.farm.layers)
    if not limited and kind in ("many files", "many empty files", "threads"):
        pytest.skip("not stopped without namespaces: see the package's documentation")
    answer = attacker(f"floods: {kind}")
    assert 0 < answer["outcome"]["got"] <= FLOODED[kind]
    if attacker.namespaces:
        assert not list((attacker.field.place / "own").iterdir()), "something is left on the disk"


def test_a_control_group_counts_what_the_other_limits_do_not(farms: dict[str, Farm], field: Field) -> None:
    """As many threads as 8192 are not too many for a limit that the whole user shares; memory is used in any case."""
    farm = farms.get("root", farms["user"])
    if "cgroup" not in farm.layers:
        pytest.skip("no control group may be made here")
    for without in ([], ["cgroup"]):
        attacker = Attacker(farm, field, {"without": ["namespaces", "limits", *without]})
        threads, memory = attacker("floods: threads"), attacker("floods: memory")
        if without:
            assert threads["outcome"]["got"] > POLICY["threads"]
            assert memory["outcome"]["got"] > POLICY["memory"]
        else:
            assert threads["outcome"]["got"] <= POLICY["threads"]
            assert (memory["outcome"], memory["code"]) == (None, -9)


def test_a_control_group_is_removed(farms: dict[str, Farm], field: Field) -> None:
    """At the latest when the next program starts, even if the grader was killed."""
    if not (cgroup.places() and "root" in farms):
        pytest.skip("no control group may be made here")
    killed = Farm(0, "cold")
    killed.ask(attack="ends: return", aim=field.prepare(), without=[])
    killed.close()
    groups = [group for place in cgroup.places() for group in place.glob(f"grading-{killed.process.pid}-*")]
    assert groups
    Attacker(farms["root"], field, {"without": []})("ends: return")
    assert not [group for group in groups if group.exists()]


def test_where_a_control_group_is_made(tmp_path: Path) -> None:
    """Version 1: in the own group. Version 2: in the nearest one above that limits memory and tasks."""
    own = tmp_path / "own"
    for name in ("memory/shell", "pids/shell", "slice/app/shell"):
        (tmp_path / name).mkdir(parents=True)
    own.write_text("4:memory:/shell\n5:cpu,pids:/shell\n0::/\n")
    assert cgroup.places(tmp_path, own) == (tmp_path / "memory/shell", tmp_path / "pids/shell")
    own.write_text("0::/slice/app/shell\n")
    assert cgroup.places(tmp_path, own) == ()
    for folder, controllers in (("slice", "cpu memory pids"), ("slice/app", "memory pids"), ("slice/app/shell", "")):
        (tmp_path / folder / "cgroup.subtree_control").write_text(controllers)
        (tmp_path / folder / "cgroup.procs").touch()
    assert cgroup.places(tmp_path, own) == (tmp_path / "slice/app",)
    assert cgroup.places(tmp_path, tmp_path / "none") == ()


@pytest.mark.parametrize("attacker", EXTREMES, indirect=True)
def test_endless_computing(attacker: Attacker) -> None:
    answer = attacker("floods: processor time", policy={"cpu_seconds": 1})
    assert (answer["outcome"], answer["code"], answer["left"]) == (None, -9, [])
