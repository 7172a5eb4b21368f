"""The student's app under uvicorn, in a process of its own that can be started anew."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from grading.intake.ignored import is_hidden_or_ignored
from grading.processes.python_process import end_group

# A group of its own (the flag is Windows's): a Ctrl-C at the terminal comes to us only, and we end the app.
_NEW_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
_POSIX = os.name == "posix"
GRACE = 5.0
_SERVER = Path(__file__).with_name("app_server.py")


class AppProcess:
    """`uvicorn main:app`, guarded, in a folder, on a port of the loopback address. Close it."""

    def __init__(self, folder: Path, port: int, environ: Mapping[str, str], log_level: str = "info") -> None:
        """Start it. `environ`: the app's variables, its model and keys among them; `log_level`: uvicorn's."""
        self._folder = folder
        self._port = port
        self._log_level = log_level
        # Without the first, importing LiteLLM asks the network; without the others, a school's proxy is
        # asked for this computer's own address.
        self._environ = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", **environ}
        for name in ("NO_PROXY", "no_proxy"):
            self._environ[name] = ",".join(filter(None, [environ.get(name), "127.0.0.1,localhost"]))
        self._process = self._start()
        self._files = python_files(folder)

    def restart(self) -> None:
        """End it and start it again."""
        self.close()
        self._process = self._start()

    def changed(self) -> bool:
        """Whether a Python file of the folder was saved, added or removed since this was asked last."""
        before, self._files = self._files, python_files(self._folder)
        return self._files != before

    def ended(self) -> bool:
        """Whether it has ended by itself: uvicorn does when main.py can't be imported."""
        return self._process.poll() is not None

    def answers(self) -> bool:
        """Whether something listens on its port."""
        try:
            socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
        except OSError:
            return False
        return True

    def close(self) -> None:
        """End it and what it started, after up to GRACE seconds for the answers that are under way."""
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=GRACE)
        end_group(self._process)

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(_SERVER), str(self._port), self._log_level]
        return subprocess.Popen(
            command,
            cwd=self._folder,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            start_new_session=_POSIX,
            creationflags=_NEW_GROUP,
        )


def python_files(folder: Path) -> dict[Path, int]:
    """Return the Python files below the folder and when they changed; not those of environments and caches."""
    found = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if not is_hidden_or_ignored(each)]
        for path in (Path(place, name) for name in names if name.endswith(".py")):
            with contextlib.suppress(OSError):  # an editor is just replacing it
                found[path] = path.stat().st_mtime_ns
    return found
