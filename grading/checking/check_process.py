"""Both sides of a process that runs one check, so that a save can end a check at any moment, even an endless loop's.

The parent starts it early: it imports what `warm_check` needs, and waits for a line on its input. The results come back
as lines of JSON. When its input is closed, it ends, and with it the judges that it talks to.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from grading import KIT
from grading.results.result import Result

_GRACE = 3.0  # seconds to clean up before a hard end
_LOCK = threading.Lock()


class CheckProcess:
    """A check of `folder`, which `run` begins. Close it."""

    def __init__(self, folder: Path) -> None:
        # In the terminal's session: the check daemon lives as long as the sessions of those who asked it.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "grading.checking.check_process", str(folder.resolve())],
            cwd=KIT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def run(self, on_step: Callable[[int], None]) -> Result | None:
        """Run the check; call `on_step` with the step of each test that has a result. Returns None if it was ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write("go\n")
            self._process.stdin.flush()
        except (OSError, ValueError):  # it was ended
            return None
        for line in self._process.stdout:
            said = json.loads(line)
            if "result" in said:
                return Result.from_json(said["result"])
            if "ended" in said:
                return None
            on_step(said["step"])
        return None

    def end(self) -> None:
        """Let the check end soon. Any thread may call this."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def close(self) -> None:
        """End the check, and wait until it has."""
        self.end()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2 * _GRACE)
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def main(folder: Path) -> None:
    """Wait for the parent's line, check `folder`, and print what comes out."""
    from grading.checking.check import warm_check  # while the parent needs no check yet

    if not sys.stdin.readline():
        return
    threading.Thread(target=_end_with_parent, daemon=True).start()
    result = warm_check(folder, on_test=lambda test: _say({"step": test.step}))
    _say({"result": result.as_json()})
    os._exit(0)  # the thread still reads


def _say(line: dict[str, object]) -> None:
    with _LOCK:  # two judges tell their results at the same time
        print(json.dumps(line), flush=True)


def _end_with_parent() -> None:
    sys.stdin.read()
    with contextlib.suppress(OSError):
        _say({"ended": True})  # who ended it need not wait until that is done
    if hasattr(signal, "pthread_kill"):  # interrupts the main thread also where it waits for a lock
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        time.sleep(_GRACE)
    os._exit(1)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        main(Path(sys.argv[1]))
    os._exit(1)
