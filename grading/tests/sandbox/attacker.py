"""Farms, what is attacked, and who attacks it: shared by the tests of the sandbox."""

from __future__ import annotations

import json
import os
import select
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grading import KIT
from grading.sandbox.policy import MIB, NOBODY

POLICY = {"memory": 128 * MIB, "file_size": 4 * MIB, "space": 16 * MIB, "open_files": 64, "threads": 50}
# What a program gets at most in the sandbox.
FLOODED = {
    "memory": POLICY["memory"],
    "shared memory": POLICY["memory"],
    "a large file": POLICY["file_size"],
    "many files": POLICY["space"],
    "many empty files": 4096,
    "open files": POLICY["open_files"],
    "threads": POLICY["threads"],
    "processor time": 1,
}
NO_NAMESPACES = ["namespaces"]


class Farm:
    """A process that forks sandboxed children; see `sandbox_farm`."""

    def __init__(self, uid: int, kind: str, pass_fds: tuple[int, ...] = ()) -> None:
        self.uid = uid
        self.process = subprocess.Popen(
            [sys.executable, "-m", "grading.tests.sandbox.farm", str(uid), kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=KIT,
            pass_fds=pass_fds,
            start_new_session=True,
        )
        self.layers = {layer["name"] for layer in self._read() if layer["active"]}

    def ask(self, **order: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = self._read()
        return answer

    def _read(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the farm has ended"
        return json.loads(line)

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@dataclass
class Field:
    """Where attacks take place: `outside`, which anybody may change; the program's folders; servers."""

    place: Path
    servers: dict[str, socket.socket]

    def prepare(self) -> dict[str, Any]:
        """Lay it out anew, and return what an `Aim` is made of."""
        for name in ("outside", "readable", "own"):
            shutil.rmtree(self.place / name, ignore_errors=True)
            (self.place / name).mkdir()
            (self.place / name).chmod(0o777)
        for path in (self.place / "outside/secret.txt", self.place / "readable/main.py"):
            path.write_text("secret")
            path.chmod(0o666)
        (self.place / "readable/link").symlink_to(self.place / "outside/secret.txt")
        if os.geteuid() == 0:  # it belongs to the program: nothing but the sandbox is in its way
            for path in self.place.rglob("*"):
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        return {
            **{name: str(self.place / name) for name in ("outside", "readable", "own")},
            "port": self.servers["TCP"].getsockname()[1],
            "unix": str(self.place / "socket"),
            "datagram": str(self.place / "datagrams"),
            "abstract": self.servers["abstract"].getsockname().decode(),
        }

    def state(self) -> list[object]:
        """All that an attack could have changed; not the program's own folder."""
        found: list[object] = []
        for name in ("outside", "readable"):
            for path in [self.place / name, *sorted((self.place / name).iterdir())]:
                facts = path.lstat()
                found.append((path, facts.st_mode, facts.st_mtime_ns, facts.st_ctime_ns))
                readable = path.is_file() and os.access(path, os.R_OK)
                found.append(path.read_text() if readable else None)
        called, _, _ = select.select(list(self.servers.values()), [], [], 0)
        return [*found, [name for name, server in self.servers.items() if server in called]]


@dataclass
class Attacker:
    """Asks a farm for children under one set of layers."""

    farm: Farm
    field: Field
    settings: dict[str, Any]

    def __call__(self, attack: str, readable: Path | None = None, **more: Any) -> dict[str, Any]:
        """Return the farm's answer, and in `touched` whether the attack changed or reached anything."""
        aim = self.field.prepare() | ({"readable": str(readable)} if readable else {})
        before = self.field.state()
        answer = self.farm.ask(attack=attack, aim=aim, **{"policy": POLICY, **self.settings, **more})
        return {**answer, "touched": self.field.state() != before}

    @property
    def namespaces(self) -> bool:
        return "namespaces" not in self.settings["without"]


# Who the grader is, without which layers, under which version of Landlock.
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "root, all layers": ("root", {"without": []}),
    "root, no namespaces": ("root", {"without": NO_NAMESPACES}),
    "user, all layers": ("user", {"without": []}),
    "user, no Landlock": ("user", {"without": ["landlock"]}),
    "user, no namespaces, as in Linux 5.13": ("user", {"without": NO_NAMESPACES, "abi": 1}),
}
# Between them is nothing that these two don't have: for what the filter alone decides.
EXTREMES = ["root, all layers", "user, no namespaces, as in Linux 5.13"]
