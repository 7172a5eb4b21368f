"""The hostile programs of the gallery, and the canaries that they are let loose on.

`python -m grading.maintain.hostile [NAME …]` grades those of these names, or all, and prints every surprise.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from grading import KIT
from grading.judging.grader import Grader
from grading.results.result import Result

FOLDER = KIT / "grading" / "gallery" / "hostile"
GROUPS = {
    "POST /generate": """
        *::test_a_body_that_is_no_object_is_refused* *::test_a_message_that_is_no_string_is_refused* test_step_03_*
        *::test_the_answer_is_the_models_text *::test_the_text_is_unchanged* *::test_each_request_gets_its_own_answer
        *::test_a_live_server_answers test_step_06_* test_step_07_* test_step_08_* *::test_a_good_request_is_logged
        *::test_a_failed_request_is_logged *::test_the_log_keeps_secrets
    """.split()
}
"""Names for the tests of several steps: those that a program fails whose POST /generate always answers the same."""


@dataclass(frozen=True)
class Hostile:
    """One hostile program: see the gallery's README for the fields."""

    folder: Path
    title: str
    tries: str
    not_passed: tuple[str, ...]
    step: int | None = None
    needs: str = ""

    @property
    def name(self) -> str:
        return self.folder.name

    def hand_in(self, where: Path, aim: dict[str, Any]) -> Path:
        """Lay the program and what it shares with others into `where`, a new folder. Returns it."""
        shutil.copytree(self.folder, where)
        (where / "program.toml").unlink()
        shutil.copy(FOLDER / "attack.py", where)
        shutil.copy(KIT / "solution" / "main.py", where / "honest.py")
        (where / "aim.json").write_text(json.dumps(aim), encoding="utf-8")
        return where

    def works_with(self, isolation: dict[str, Any]) -> bool:
        """Whether these layers are enough for the outcome to be certain."""
        return not self.needs or self.needs in isolation["layers"]

    def surprises(self, result: Result) -> list[str]:
        """Return what differs from what an honest observer of the program would say."""
        if not result.graded:
            return [f"not graded: {result.reason}"]
        found = [f"{test.id}: an error of the suite: {test.message}" for test in result.tests if test.status == "error"]
        patterns = [pattern for name in self.not_passed for pattern in GROUPS.get(name, [name])]
        for test in result.tests:
            fails = any(fnmatchcase(test.id, pattern) for pattern in patterns)
            if (test.status != "passed") != fails:
                found.append(f"{test.id}: {test.status}, {test.message}")
        return found


def hostile_programs() -> list[Hostile]:
    """Return all of them, by name."""
    return [Hostile(path.parent, **_fields(path)) for path in sorted(FOLDER.glob("*/program.toml"))]


def _fields(path: Path) -> dict[str, Any]:
    fields = tomllib.loads(path.read_text(encoding="utf-8"))
    return {**fields, "not_passed": tuple(fields["not_passed"])}


class Canaries:
    """Files, sockets and a key that no program may read, change or reach."""

    def __init__(self, outside: Path) -> None:
        """Make them below `outside`, an existing folder that anybody may change: only a sandbox protects it."""
        self.outside = outside
        self.texts = {outside / "secret.txt": f"canary-{secrets.token_hex(6)}"}
        self.texts[outside / "grading-neighbour" / "submission" / "main.py"] = "from honest import app as app\n"
        for path, text in self.texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.parent.chmod(0o777)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o666)
        self._before = self._state()
        self._tcp, self._udp = socket.create_server(("127.0.0.1", 0)), socket.socket(type=socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self._sockets = [self._tcp, self._udp]
        abstract = f"canary-{secrets.token_hex(6)}"
        for name in (str(outside / "s"), f"\0{abstract}"):
            listening = socket.socket(socket.AF_UNIX)
            listening.bind(name)
            listening.listen()
            self._sockets.append(listening)
        (outside / "s").chmod(0o777)
        for each in self._sockets:
            each.setblocking(False)
        self.aim: dict[str, Any] = {
            "outside": str(outside),
            "secret": str(outside / "secret.txt"),
            "neighbour": str(outside / "grading-neighbour" / "submission" / "main.py"),
            "port": self._tcp.getsockname()[1],
            "udp": self._udp.getsockname()[1],
            "unix": str(outside / "s"),
            "abstract": abstract,
            "kit": str(KIT),
        }

    def _state(self) -> dict[str, object]:
        """Return names, contents and dates of everything below the folder."""
        found: dict[str, object] = {}
        for place, folders, names in os.walk(self.outside):
            for name in (*folders, *names):
                path = Path(place, name)
                status = path.lstat()
                if path.name != "s":
                    content = path.read_bytes() if path.is_file() else None
                    found[str(path)] = (content, status.st_mtime_ns if content is not None else 0, status.st_mode)
        return found

    def harmed(self) -> list[str]:
        """Return what was changed or reached."""
        state = self._state()
        found = [name for name in {*state, *self._before} if state.get(name) != self._before.get(name)]
        for each in self._sockets:
            with contextlib.suppress(BlockingIOError):
                found.append(f"{each.getsockname()!r} heard {(each.recv(9) if each is self._udp else each.accept())!r}")
        return found

    def close(self) -> None:
        for each in self._sockets:
            each.close()


@contextlib.contextmanager
def canaries(outside: Path) -> Iterator[Canaries]:
    """Make canaries below the folder; close their sockets afterwards."""
    made = Canaries(outside)
    try:
        yield made
    finally:
        made.close()


KEY = "GRADER_CANARY_KEY"
"""An environment variable of the grader's."""
PATIENCE = 3.0
"""Seconds for an answer: most programs answer at once, and some never."""


@dataclass(frozen=True)
class Outcome:
    """What became of one hostile program."""

    result: Result
    surprises: list[str]
    harmed: list[str]


def let_loose(program: Hostile, grader: Grader, folder: Path) -> Outcome:
    """Grade the program; `folder` is a new folder for it and its canaries."""
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    (folder / "outside").mkdir()
    with canaries(folder / "outside") as made:
        made.aim["pids"] = [os.getpid(), *grader.processes()]
        submission = program.hand_in(folder / "submission", made.aim)
        result = grader.grade(submission, step=program.step)
        return Outcome(result, program.surprises(result), made.harmed())


@contextlib.contextmanager
def hostile_ground() -> Iterator[Path]:
    """Make a folder that anybody may enter, and a key in the environment."""
    os.environ[KEY] = f"canary-key-{secrets.token_hex(6)}"
    try:
        with tempfile.TemporaryDirectory(prefix="hostile-") as name:
            Path(name).chmod(0o777)
            yield Path(name)
    finally:
        del os.environ[KEY]


def main(names: list[str]) -> int:
    """Grade the programs of these names, or all."""
    bad = 0
    chosen = [program for program in hostile_programs() if not names or program.name in names]
    with hostile_ground() as folder, Grader(1, own_tests=False, patience=PATIENCE) as grader:
        for program in chosen:
            if not program.works_with(grader.isolation):
                print(f"{program.name}: left out, it needs {program.needs}")
                continue
            outcome = let_loose(program, grader, folder / program.name)
            lines = [*outcome.surprises, *(f"harmed: {line}" for line in outcome.harmed)]
            bad += bool(lines)
            for line in lines:
                print(f"{program.name}: {line}", flush=True)
    print(f"{len(chosen)} hostile programs as user {os.getuid()}: {bad} with another outcome than expected.")
    print(f"isolation: {json.dumps(grader.isolation)}")
    return 1 if bad or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
