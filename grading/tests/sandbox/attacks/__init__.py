"""What a hostile program tries in the sandbox. Each attack is bounded, should it ever get through.

Each function gets the `Aim` and returns what it obtained; an OSError means that it was refused.
"""

from __future__ import annotations

from grading.tests.sandbox.attacks.aim import Attack
from grading.tests.sandbox.attacks.ends import ENDS
from grading.tests.sandbox.attacks.files import FILES, UNTOUCHED
from grading.tests.sandbox.attacks.floods import FLOODS
from grading.tests.sandbox.attacks.honest import HONEST
from grading.tests.sandbox.attacks.kernel import KERNEL
from grading.tests.sandbox.attacks.networks import NETWORKS
from grading.tests.sandbox.attacks.processes import PROCESSES

ALL: dict[str, Attack] = {
    f"{group}: {name}": attack
    for group, attacks in {
        "files": FILES, "untouched": UNTOUCHED, "processes": PROCESSES, "networks": NETWORKS, "kernel": KERNEL,
        "floods": FLOODS, "ends": ENDS, "honest": HONEST,
    }.items()
    for name, attack in attacks.items()
}  # fmt: skip
