"""What an honest program does."""

from __future__ import annotations

import asyncio
import concurrent.futures.thread  # noqa: F401 - asyncio imports it late, when Python may be out of reach
import contextlib
import os
import resource
import shutil
import tempfile
import threading
from pathlib import Path

from grading.tests.sandbox.attacks.aim import Aim, Attack


def _inherited(aim: Aim) -> list[int]:
    """The open files that it was not given."""
    found = []
    for number in set(range(3, 200)) - {aim.terminal, aim.namespace, aim.result}:
        with contextlib.suppress(OSError):
            os.fstat(number)
            found.append(number)
    return found


def _from_device() -> bytes:
    with Path("/dev/urandom").open("rb") as device:
        return device.read(8)


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
