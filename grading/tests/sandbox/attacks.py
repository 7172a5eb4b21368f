"""What a hostile program tries in the sandbox. Each attack is bounded, should it ever get through.

Each function gets the `Aim` and returns what it obtained; an OSError means that it was refused.
"""

from __future__ import annotations

import array
import asyncio
import concurrent.futures.thread  # noqa: F401 - asyncio imports it late, when Python may be out of reach
import contextlib
import ctypes
import errno
import fcntl
import mmap
import os
import platform
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_X86 = platform.machine() == "x86_64"
_libc = ctypes.CDLL(None, use_errno=True)


class Aim:
    """What is attacked: `outside` is a folder that anybody may change, `own` the program's writable one.

    `terminal`, `namespace` and `result` are open files that the program was given: a terminal, a namespace of the
    farm, and where the outcome goes.
    """

    def __init__(self, aim: dict[str, Any]) -> None:
        self.outside = Path(aim["outside"])
        self.secret = self.outside / "secret.txt"
        self.readable = Path(aim["readable"])
        self.own = Path(aim["own"])
        self.farm: int = aim["farm"]
        self.port: int = aim["port"]
        self.unix: str = aim["unix"]
        self.datagram: str = aim["datagram"]
        self.abstract: str = aim["abstract"]
        self.terminal: int = aim["terminal"]
        self.namespace: int = aim["namespace"]
        self.result: int = aim["result"]


Attack = Callable[[Aim], object]


def _c(name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    result: int = getattr(_libc, name)(*(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return result


def _call(x86: int, aarch64: int, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    return _c("syscall", x86 if _X86 else aarch64, *arguments)


def _child_is_born(pid: int) -> str:
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return "a child"


# Files

FILES: dict[str, Attack] = {
    "read a file outside": lambda aim: aim.secret.read_text(),
    "read it through /proc/self/root": lambda aim: Path(f"/proc/self/root{aim.secret}").read_text(),
    "read it through /proc of the farm": lambda aim: Path(f"/proc/{aim.farm}/root{aim.secret}").read_text(),
    "read the farm's environment": lambda aim: Path(f"/proc/{aim.farm}/environ").read_bytes(),
    "read the farm's memory": lambda aim: os.open(f"/proc/{aim.farm}/mem", os.O_RDWR),
    "read the password file": lambda aim: Path("/etc/passwd").read_text(),
    "read it with dots": lambda aim: (aim.readable / ".." / aim.outside.name / "secret.txt").read_text(),
    "read it by a link": lambda aim: (aim.readable / "link").read_text(),
    "leave its control group": lambda aim: _control_group().write_text("0"),
    "list a folder outside": lambda aim: list(aim.outside.iterdir()),
    "list processes": lambda aim: list(Path("/proc").iterdir()),
    "write to a file outside": lambda aim: aim.secret.write_text("forged"),
    "append to a file outside": lambda aim: os.write(os.open(aim.secret, os.O_WRONLY | os.O_APPEND), b"forged"),
    "change its own files": lambda aim: (aim.readable / "main.py").write_text("forged"),
    "make a file outside": lambda aim: (aim.outside / "new").touch(),
    "make a file beside its own": lambda aim: (aim.readable / "new").touch(),
    "make an unnamed file outside": lambda aim: os.open(aim.outside, os.O_TMPFILE | os.O_RDWR),
    "make a folder outside": lambda aim: (aim.outside / "new").mkdir(),
    "make a fifo outside": lambda aim: os.mkfifo(aim.outside / "new"),
    "make a device": lambda aim: os.mknod(aim.own / "new", 0o20666, os.makedev(1, 3)),
    "make a link outside": lambda aim: (aim.outside / "new").symlink_to("/"),
    "link to a file outside": lambda aim: os.link(aim.secret, aim.own / "new"),
    "remove a file outside": lambda aim: aim.secret.unlink(),
    "remove its own files": lambda aim: (aim.readable / "main.py").unlink(),
    "rename a file outside": lambda aim: aim.secret.rename(aim.outside / "new"),
    "truncate a file outside": lambda aim: os.truncate(aim.secret, 0),
    "truncate its own files": lambda aim: os.truncate(aim.readable / "main.py", 0),
    "truncate by opening to read": lambda aim: os.open(aim.readable / "main.py", os.O_RDONLY | os.O_TRUNC),
    "watch a folder outside": lambda aim: _c("inotify_init1", 0),
    "name a file by handle": lambda aim: _handle(aim),
    "set an attribute": lambda aim: os.setxattr(aim.secret, "user.attack", b"forged"),
    "open a terminal": lambda aim: os.open("/dev/tty", os.O_RDWR),
    "open a new pseudo-terminal": lambda aim: os.open("/dev/ptmx", os.O_RDWR),
    "use shared memory in /dev/shm": lambda aim: _make_and_remove(Path(f"/dev/shm/grading-attack-{os.getpid()}")),
}


def _control_group() -> Path:
    first = Path("/sys/fs/cgroup/pids/cgroup.procs")
    return first if first.exists() else Path("/sys/fs/cgroup/cgroup.procs")


def _handle(aim: Aim) -> int:
    handle = ctypes.create_string_buffer(struct.pack("=I", 128) + bytes(132))
    return _call(303, 264, -100, bytes(aim.secret), handle, ctypes.create_string_buffer(8), 0)


def _make_and_remove(path: Path) -> str:
    path.write_text("attack")
    path.unlink()
    return "made"


# Answered with success, but nothing happens.
UNTOUCHED: dict[str, Attack] = {
    "chmod": lambda aim: aim.secret.chmod(0o000),
    "chmod by descriptor": lambda aim: _chmod_own(aim),
    "chown": lambda aim: os.chown(aim.secret, os.getuid(), os.getgid()),
    "utime": lambda aim: os.utime(aim.secret, (0, 0)),
    "utime of its own files": lambda aim: os.utime(aim.readable / "main.py", (0, 0)),
}


def _chmod_own(aim: Aim) -> None:
    with (aim.readable / "main.py").open() as file:
        os.fchmod(file.fileno(), 0o000)


# Processes


def _fork_like(flags: int) -> str:
    return _child_is_born(_call(56, 220, flags | signal.SIGCHLD, None, None, None, None))


def _clone3(aim: Aim) -> str:
    arguments = array.array("Q", [0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0])
    return _child_is_born(_c("syscall", 435, arguments.tobytes(), 64))


def _shell(aim: Aim) -> str:
    if _c("system", b"true"):
        raise OSError(errno.EPERM, "the C library could not start a shell")
    return "a shell"


def _signal_by_pidfd(aim: Aim) -> int:
    return _c("syscall", 424, _c("syscall", 434, aim.farm, 0), signal.SIGKILL, None, 0)


def _file_by_pidfd(aim: Aim) -> int:
    return _c("syscall", 438, _c("syscall", 434, aim.farm, 0), 0, 0)


def _queue_signal(aim: Aim) -> int:
    information = struct.pack("=iii", signal.SIGKILL, 0, -1)  # SI_QUEUE
    return _call(129, 138, aim.farm, signal.SIGKILL, information.ljust(128, b"\0"))


def _system_v(kind: str, *arguments: int) -> str:
    number = _c(f"{kind}get", 0, *arguments)
    _c(f"{kind}ctl", number, *((0, 0) if kind == "sem" else (0,)), None)  # IPC_RMID: nothing cleans up after us
    return kind


def _posix_queue(aim: Aim) -> str:
    _call(240, 180, b"grading-attack", 0o102, 0o600, None)
    _call(241, 181, b"grading-attack")
    return "a queue"


def _signal_by_owner(aim: Aim) -> str:
    """Ask the kernel to send SIGKILL to the farm as soon as a socket can be read."""
    ours, theirs = socket.socketpair()
    fcntl.fcntl(ours, 10, signal.SIGKILL)  # F_SETSIG
    fcntl.fcntl(ours, fcntl.F_SETOWN, aim.farm)
    fcntl.fcntl(ours, fcntl.F_SETFL, os.O_ASYNC)
    theirs.send(b"x")
    return "owner set"


def _move_memory(call: tuple[int, int], aim: Aim) -> int:
    """Copy the first bytes of an object that the farm has at the same address from there, or there."""
    own = ctypes.create_string_buffer(ctypes.string_at(id(True), 8), 8)
    here, there = array.array("Q", [ctypes.addressof(own), 8]), array.array("Q", [id(True), 8])
    return _call(*call, aim.farm, here.tobytes(), 1, there.tobytes(), 1, 0)


PROCESSES: dict[str, Attack] = {
    "fork": lambda aim: _child_is_born(os.fork()),
    "vfork": lambda aim: _fork_like(0x4000),
    "clone": lambda aim: _fork_like(0),
    "clone3": _clone3,
    "clone into new namespaces": lambda aim: _fork_like(0x10000000),
    "exec": lambda aim: os.execv("/bin/true", ["true"]),
    "spawn": lambda aim: os.posix_spawn("/bin/true", ["true"], {}),
    "subprocess": lambda aim: subprocess.run(["/bin/true"], check=False),
    "shell": _shell,
    "kill the farm": lambda aim: os.kill(aim.farm, signal.SIGKILL),
    "look for the farm": lambda aim: os.kill(aim.farm, 0),
    "kill everybody": lambda aim: os.kill(-1, 0),  # 0: may it? As root, anything else would be too much.
    "kill its group": lambda aim: os.kill(0, signal.SIGKILL),
    "kill a thread of the farm": lambda aim: _call(200, 130, aim.farm, signal.SIGKILL),
    "kill the farm by a group call": lambda aim: _call(234, 131, aim.farm, aim.farm, signal.SIGKILL),
    "queue a signal to the farm": _queue_signal,
    "signal by the owner of a socket": _signal_by_owner,
    "ptrace the farm": lambda aim: _c("ptrace", 0x4206, aim.farm, 0, 0),
    "be traced": lambda aim: _c("ptrace", 0, 0, 0, 0),
    "read the farm's memory by call": lambda aim: _move_memory((310, 270), aim),
    "write the farm's memory by call": lambda aim: _move_memory((311, 271), aim),
    "pidfd of the farm": lambda aim: _c("syscall", 434, aim.farm, 0),
    "signal by pidfd": _signal_by_pidfd,
    "file of the farm by pidfd": _file_by_pidfd,
    "compare with the farm": lambda aim: _call(312, 272, os.getpid(), aim.farm, 0, 0, 0),
    "slow down the farm": lambda aim: os.setpriority(os.PRIO_PROCESS, aim.farm, 19),
    "another scheduler": lambda aim: os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0)),
    "leave the session": lambda aim: os.setsid(),
    "survive the parent": lambda aim: _c("prctl", 1, 0, 0, 0, 0),
    "be dumpable": lambda aim: _c("prctl", 4, 1, 0, 0, 0),
    "shared memory (System V)": lambda aim: _system_v("shm", 4096, 0o1600),
    "message queue (System V)": lambda aim: _system_v("msg", 0o1600),
    "semaphores (System V)": lambda aim: _system_v("sem", 1, 0o1600),
    "message queue (POSIX)": _posix_queue,
    "memory as a file": lambda aim: os.memfd_create("attack"),
}


# Networks


def _connect(family: int, address: Any, kind: int = socket.SOCK_STREAM) -> str:
    with socket.socket(family, kind) as connection:
        connection.settimeout(2)
        connection.connect(address)
        connection.send(b"attack")
    return "connected"


def _listen(family: int, address: Any) -> str:
    with socket.socket(family) as server:
        server.bind(address)
        server.listen()
    return "listening"


def _by_pair(aim: Aim) -> str:
    """Use a socket of a pair, which needs no call of socket(), to reach a server."""
    ours, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    ours.sendto(b"attack", aim.datagram)
    return "sent"


def _bind_pair(aim: Aim) -> str:
    ours, _ = socket.socketpair()
    ours.bind(str(aim.own / "server"))
    return "bound"


NETWORKS: dict[str, Attack] = {
    "TCP": lambda aim: _connect(socket.AF_INET, ("127.0.0.1", aim.port)),
    "TCP version 6": lambda aim: _connect(socket.AF_INET6, ("::1", aim.port)),
    "UDP": lambda aim: _connect(socket.AF_INET, ("127.0.0.1", aim.port), socket.SOCK_DGRAM),
    "a Unix socket by path": lambda aim: _connect(socket.AF_UNIX, aim.unix),
    "an abstract Unix socket": lambda aim: _connect(socket.AF_UNIX, aim.abstract),
    "a pair's datagram": _by_pair,
    "a pair as a server": _bind_pair,
    "netlink": lambda aim: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0),
    "vsock": lambda aim: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM),
    "raw packets": lambda aim: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
    "the kernel's ciphers": lambda aim: socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET, 0),
    "listen on a port": lambda aim: _listen(socket.AF_INET, ("127.0.0.1", 0)),
    "listen on a path": lambda aim: _listen(socket.AF_UNIX, str(aim.own / "server")),
    "listen on an abstract name": lambda aim: _listen(socket.AF_UNIX, aim.abstract + "2"),
}

# The kernel and the sandbox itself

_ADMIN = struct.pack("=6I", 1 << 21, 1 << 21, 0, 0, 0, 0)  # CAP_SYS_ADMIN
_SMALL_MAP = struct.pack("=4I", 2, 4, 4, 1).ljust(64, b"\0")  # an array of one number
_CLOCK = struct.pack("=IIQ", 1, 128, 0).ljust(128, b"\0")

KERNEL: dict[str, Attack] = {
    "raise the limit of memory": lambda aim: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)),
    "raise the limit of processes": lambda aim: resource.setrlimit(resource.RLIMIT_NPROC, (9999, 9999)),
    "change the farm's limits": lambda aim: resource.prlimit(aim.farm, resource.RLIMIT_CPU, (1, 1)),
    "a new user namespace": lambda aim: _c("unshare", 0x10000000),
    "a new mount namespace": lambda aim: _c("unshare", 0x20000),
    "the farm's namespace": lambda aim: _c("setns", aim.namespace, 0),
    "mount": lambda aim: _c("mount", b"none", bytes(aim.own), b"tmpfs", 0, None),
    "unmount": lambda aim: _c("umount2", b"/proc", 2),
    "another mount call": lambda aim: _c("syscall", 430, b"tmpfs", 0),  # fsopen
    "another root": lambda aim: os.chroot(aim.own),
    "root": lambda aim: os.setuid(0),
    "root's group": lambda aim: os.setgid(0),
    "other groups": lambda aim: os.setgroups([0]),
    "capabilities": lambda aim: _c("capset", b"\x22\x05\x08\x20" + bytes(4), _ADMIN),
    "bpf": lambda aim: _call(321, 280, 0, _SMALL_MAP, 64),
    "io_uring": lambda aim: _c("syscall", 425, 1, ctypes.create_string_buffer(120)),
    "keys": lambda aim: _call(250, 219, 0, -3, 1, 0, 0),
    "userfaultfd": lambda aim: _call(323, 282, 1),
    "performance counters": lambda aim: _call(298, 241, _CLOCK, 0, -1, -1, 0),
    "personality": lambda aim: _call(135, 92, 0x0040000),
    "open with a structure": lambda aim: _c("syscall", 437, -100, bytes(aim.secret), bytes(24), 24),
    "type into a terminal": lambda aim: fcntl.ioctl(aim.terminal, 0x5412, b"x"),  # TIOCSTI
    "the hostname": lambda aim: socket.sethostname(socket.gethostname()),
}

# Using too much. Each returns how far it came.


def _memory(aim: Aim) -> int:
    taken: list[bytearray] = []
    with contextlib.suppress(MemoryError):
        while len(taken) < 160:
            taken.append(bytearray(2**20))
    return len(taken) * 2**20


def _shared_memory(aim: Aim) -> int:
    taken: list[mmap.mmap] = []
    with contextlib.suppress(OSError, MemoryError):
        while len(taken) < 160:
            taken.append(mmap.mmap(-1, 2**20))
    return len(taken) * 2**20


def _large_file(aim: Aim) -> int:
    with (aim.own / "large").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.tell() < 2**26:
            file.write(bytes(2**20))
    return (aim.own / "large").stat().st_size


def _many_files(aim: Aim) -> int:
    total = 0
    with contextlib.suppress(OSError):
        while total < 2**26:
            total += (aim.own / str(total)).write_bytes(bytes(2**20))
    return total


def _empty_files(aim: Aim) -> int:
    made = 0
    with contextlib.suppress(OSError):
        while made < 4_500:
            (aim.own / str(made)).touch()
            made += 1
    return made


def _open_files(aim: Aim) -> int:
    taken: list[int] = []
    with contextlib.suppress(OSError):
        while len(taken) < 500:
            taken.append(os.open(os.devnull, os.O_RDONLY))
    return len(taken)


def _threads(aim: Aim) -> int:
    done = threading.Event()
    threading.stack_size(2**16)
    threads = [threading.Thread(target=done.wait) for _ in range(300)]
    started = 0
    with contextlib.suppress(RuntimeError):
        for thread in threads:
            thread.start()
            started += 1
    done.set()
    return started


def _processor_time(aim: Aim) -> float:
    for each in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(each, signal.SIG_IGN)
    while time.process_time() < 1.5:
        pass
    return 1.5


FLOODS: dict[str, Attack] = {
    "memory": _memory,
    "shared memory": _shared_memory,
    "a large file": _large_file,
    "many files": _many_files,
    "many empty files": _empty_files,
    "open files": _open_files,
    "threads": _threads,
    "processor time": _processor_time,
}


# Ends of a program, and what an honest one does


def _fault() -> object:
    return ctypes.string_at(0)


def _inherited(aim: Aim) -> list[int]:
    """The open files that it was not given."""
    found = []
    for number in set(range(3, 200)) - {aim.terminal, aim.namespace, aim.result}:
        with contextlib.suppress(OSError):
            os.fstat(number)
            found.append(number)
    return found


def _hang(aim: Aim) -> object:
    for each in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(each, signal.SIG_IGN)
    threading.Thread(target=time.sleep, args=(600,)).start()
    time.sleep(600)
    return None


def _from_device() -> bytes:
    with Path("/dev/urandom").open("rb") as device:
        return device.read(8)


def _wait_for_an_alarm(aim: Aim) -> None:
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    signal.pause()


ENDS: dict[str, Attack] = {
    "return": lambda aim: None,
    "exit": lambda aim: sys.exit(7),
    "exit with a text": lambda aim: sys.exit("a reason"),
    "exit at once": lambda aim: os._exit(7),
    "an exception": lambda aim: 1 // 0,
    "SIGTERM": lambda aim: os.kill(os.getpid(), signal.SIGTERM),
    "SIGALRM": _wait_for_an_alarm,
    "SIGKILL": lambda aim: os.kill(os.getpid(), signal.SIGKILL),
    "SIGINT": lambda aim: signal.raise_signal(signal.SIGINT),
    "a fault": lambda aim: _fault(),
    "abort": lambda aim: os.abort(),
    "hang": _hang,
}


def _many_threads(aim: Aim) -> int:
    done: list[int] = []
    threads = [threading.Thread(target=done.append, args=(each,)) for each in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(done)


async def _event_loop() -> list[object]:
    reader, writer = os.pipe()
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(reader, ready.set)
    await asyncio.to_thread(os.write, writer, b"x")
    await ready.wait()
    await asyncio.sleep(0.001)
    return [len(await asyncio.gather(*(asyncio.to_thread(os.getpid) for _ in range(40))))]


def _temporary_files(aim: Aim) -> str:
    tempfile.tempdir = str(aim.own)
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile("w+") as file:
        file.write("text")
        file.flush()
        copy = Path(shutil.copy2(file.name, Path(folder, "copy")))
        copy.rename(Path(folder, "moved"))
        Path(folder, "empty").touch()
        os.truncate(os.open(Path(folder, "moved"), os.O_RDWR), 2)
        return Path(folder, "empty").read_text() + Path(folder, "moved").read_text()


def _imports(aim: Aim) -> str:
    import sqlite3  # a library of its own, loaded now
    import ssl
    import zoneinfo

    with contextlib.closing(sqlite3.connect(aim.own / "data.db")) as database:
        database.execute("create table t (a)")
        database.commit()
    ssl.create_default_context()
    return zoneinfo.ZoneInfo("Europe/Berlin").key


def _litellm(aim: Aim) -> str:
    import litellm

    messages = [{"role": "user", "content": "Hi"}]
    first = litellm.completion(model="gpt-4o-mini", messages=messages, mock_response="one")
    second = asyncio.run(litellm.acompletion(model="gpt-4o-mini", messages=messages, mock_response="two"))
    return f"{first.choices[0].message.content} {second.choices[0].message.content}"


def _endpoint(aim: Aim) -> list[str]:
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    app = FastAPI()

    @app.get("/sync")
    def sync() -> str:
        return threading.current_thread().name

    @app.get("/async")
    async def asynchronous() -> str:
        return "async"

    with TestClient(app) as client:
        return [client.get("/sync").json()[:6], client.get("/async").json()]


HONEST: dict[str, Attack] = {
    "its own file": lambda aim: (aim.readable / "main.py").read_text(),
    "threads": _many_threads,
    "an event loop": lambda aim: asyncio.run(_event_loop()),
    "temporary files": _temporary_files,
    "random numbers": lambda aim: len(os.urandom(8) + _from_device()),
    "nothing to read or write": lambda aim: Path(os.devnull).write_text("x") and Path(os.devnull).read_text(),
    "its limits": lambda aim: resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    "files it was not given": _inherited,
    "imports": _imports,
    "litellm": _litellm,
    "endpoint": _endpoint,
}

ALL: dict[str, Attack] = {
    f"{group}: {name}": attack
    for group, attacks in {
        "files": FILES, "untouched": UNTOUCHED, "processes": PROCESSES, "networks": NETWORKS, "kernel": KERNEL,
        "floods": FLOODS, "ends": ENDS, "honest": HONEST,
    }.items()
    for name, attack in attacks.items()
}  # fmt: skip
