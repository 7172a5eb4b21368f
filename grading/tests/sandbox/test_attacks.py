"""Hostile programs in the sandbox get nothing, honest ones all they need. Each runs under several sets of layers."""

from __future__ import annotations

import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grading import KIT
from grading.intake.submission import open_submission
from grading.sandbox import cgroup
from grading.sandbox.policy import MIB, NOBODY
from grading.tests.sandbox import attacks

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the sandbox")

PATIENCE = 30.0
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
REFUSED = {"EPERM", "ENOSYS"}
REFUSED_FILE = {"EPERM", "EACCES", "ENOENT", "EROFS", "EXDEV", "ENOTSUP", "EOPNOTSUPP"}


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


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def farms() -> Iterator[dict[str, Farm]]:
    """A farm as an ordinary user, and one as root if that is who runs the tests."""
    root = os.geteuid() == 0
    farms = {"user": Farm(NOBODY if root else 0, "cold")} | ({"root": Farm(0, "cold")} if root else {})
    yield farms
    for farm in farms.values():
        farm.close()


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


@pytest.fixture(scope="module", params=VARIANTS)
def attacker(request: pytest.FixtureRequest, farms: dict[str, Farm], field: Field) -> Attacker:
    who, settings = VARIANTS[request.param]
    if who not in farms:
        pytest.skip("needs root")
    needed = {"limits", "seccomp", "namespaces" if "namespaces" not in settings["without"] else "landlock"}
    if not needed.issubset(farms[who].layers):
        pytest.skip(f"this machine has only {farms[who].layers}")
    return Attacker(farms[who], field, settings)


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


@pytest.mark.parametrize(
    ("need", "result"),
    [
        ("its own file", "secret"),
        ("threads", 60),
        ("an event loop", [40]),
        ("temporary files", "te"),
        ("random numbers", 16),
        ("its limits", 64),
        ("files it was not given", []),
    ],
)
def test_what_an_honest_program_needs(attacker: Attacker, need: str, result: object) -> None:
    answer = attacker(f"honest: {need}", policy={**POLICY, "threads": 256})
    assert answer["outcome"] == {"got": result}


def test_files_are_inherited_without_the_sandbox(farms: dict[str, Farm], field: Field) -> None:
    """Else having none in it would prove nothing."""
    attacker = Attacker(farms["user"], field, {"without": [], "bare": True})
    assert attacker("honest: files it was not given")["outcome"]["got"]


def test_a_submission_can_be_read(attacker: Attacker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also by the sandbox's user, if the grader is root."""
    (tmp_path / "main.py").write_text("app = None")
    monkeypatch.setattr(tempfile, "tempdir", str(attacker.field.place))
    with open_submission(tmp_path) as submission:
        assert attacker("honest: its own file", submission.folder)["outcome"] == {"got": "app = None"}


@pytest.fixture(scope="module")
def warm_farm() -> Iterator[Farm]:
    farm = Farm(0, "warm")
    yield farm
    farm.close()


@pytest.mark.parametrize("without", [[], ["namespaces", "user"]], ids=["all layers", "no namespaces"])
@pytest.mark.parametrize(
    ("need", "result"),
    [
        ("imports", "Europe/Berlin"),
        ("litellm", "one two"),
        ("endpoint", ["AnyIO ", "async"]),
        ("files it was not given", []),
    ],
)
def test_what_a_student_needs(warm_farm: Farm, field: Field, without: list[str], need: str, result: object) -> None:
    """In a child of a process that has imported LiteLLM and FastAPI, with the default limits."""
    answer = Attacker(warm_farm, field, {"without": without, "policy": {}, "python": True})(f"honest: {need}")
    assert answer["outcome"] == {"got": result}
