"""What the tests of the sandbox share: farms, what is attacked, and an attacker under several sets of layers."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grading.sandbox.policy import NOBODY
from grading.tests.sandbox.attacker import VARIANTS, Attacker, Farm, Field


@pytest.fixture(scope="package")
def field() -> Iterator[Field]:
    place = Path(tempfile.mkdtemp(prefix="grading-attacked-"))  # pytest's own folders are closed to other users
    place.chmod(0o755)
    servers = {
        "TCP": socket.create_server(("127.0.0.1", 0)),
        "UDP": socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "Unix": socket.socket(socket.AF_UNIX),
        "datagrams": socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM),
        "abstract": socket.socket(socket.AF_UNIX),
    }
    if socket.has_dualstack_ipv6():
        servers["TCP6"] = socket.create_server(("::1", servers["TCP"].getsockname()[1]), family=socket.AF_INET6)
    servers["UDP"].bind(servers["TCP"].getsockname())
    for name, path in (("Unix", place / "socket"), ("datagrams", place / "datagrams")):
        servers[name].bind(str(path))
        path.chmod(0o777)
    servers["abstract"].bind("")  # the kernel chooses a name
    for name in ("Unix", "abstract"):
        servers[name].listen()
    yield Field(place, servers)
    for server in servers.values():
        server.close()
    shutil.rmtree(place)


@pytest.fixture(scope="package")
def farms() -> Iterator[dict[str, Farm]]:
    """A farm as an ordinary user, and one as root if that is who runs the tests."""
    root = os.geteuid() == 0
    farms = {"user": Farm(NOBODY if root else 0, "cold")} | ({"root": Farm(0, "cold")} if root else {})
    yield farms
    for farm in farms.values():
        farm.close()


@pytest.fixture(scope="module", params=VARIANTS)
def attacker(request: pytest.FixtureRequest, farms: dict[str, Farm], field: Field) -> Attacker:
    who, settings = VARIANTS[request.param]
    if who not in farms:
        pytest.skip("needs root")
    needed = {"limits", "seccomp", "namespaces" if "namespaces" not in settings["without"] else "landlock"}
    if not needed.issubset(farms[who].layers):
        pytest.skip(f"this machine has only {farms[who].layers}")
    return Attacker(farms[who], field, settings)
