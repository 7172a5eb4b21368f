"""Grade on an existing Dask cluster, with the interface of Grader; the results are the same as on one machine.

Each worker process keeps one Grader, started with its first submission. If a worker dies, the scheduler retries its
submissions on others (distributed.scheduler.allowed-failures times each, 3 by default). Dask pickles Python objects:
connect only to a cluster of your own.
"""

from __future__ import annotations

import atexit
import contextlib
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from grading.classroom.entry import ClassError
from grading.classroom.store import Basis, this_basis
from grading.intake.submission import read_submission
from grading.private_folder import private_folder
from grading.results.result import Result

Files = tuple[tuple[str, bytes], ...]
"""Relative name and content of each."""


class ClusterGrader:
    """A context manager; `grade` may be called from up to `workers` threads. Raises ClassError when entered."""

    def __init__(self, address: str, *, extra_tests: Path | None = None, require_sandbox: bool = False) -> None:
        self.workers = self.spare = 0  # spare: what takes long may only wait for a worker
        self._address = address
        self._here = this_basis()
        self._options = (None if extra_tests is None else _files(extra_tests), require_sandbox)
        self._client: Any = None

    def __enter__(self) -> ClusterGrader:
        try:
            import dask
            from distributed import Client
            from distributed.comm import resolve_address
        except ImportError as problem:
            raise ClassError("--cluster needs the package distributed: pip install distributed") from problem
        try:
            resolve_address(self._address)
            self._client = Client(self._address, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as problem:
            told = f"There is no Dask scheduler at {self._address} ({type(problem).__name__})."
            raise ClassError(f"{told} Start one, or correct the address, for example tcp://host:8786.") from problem
        try:
            self._client.wait_for_workers(1, timeout=dask.config.get("distributed.comm.timeouts.connect"))
            for worker, there in self._client.run(this_basis).items():
                self._compare(f"The worker {worker}", there)
        except TimeoutError as problem:
            self.__exit__()
            told = f"The cluster at {self._address} has no workers. Start some: dask worker {self._address}"
            raise ClassError(told) from problem
        except BaseException:
            self.__exit__()
            raise
        # More than there are, so that no worker idles between submissions, and others may join.
        self.workers = 2 * sum(self._client.nthreads().values()) + 8
        return self

    def __exit__(self, *error: object) -> None:
        self._client.close()

    def grade(self, path: Path) -> Result:
        """Grade one submission on the cluster. Raises distributed's exceptions if all tries lost their worker."""
        files = read_submission(path)
        result = Result.from_json(self._client.submit(_grade_files, files, *self._options, pure=False).result())
        self._compare("A worker", Basis(result.hashes["suite"], result.versions))  # it may have joined later
        return result

    def _compare(self, worker: str, there: Basis) -> None:
        if there != self._here:
            what = "tests" if there.suite != self._here.suite else "packages"
            raise ClassError(f"{worker} has other {what} than this machine. Install the same kit there.")


_lock = threading.Lock()
_graders: dict[tuple[Files | None, bool], Any] = {}
"""In a worker process: its Graders, by their options."""
_kept = contextlib.ExitStack()
"""The folders of their extra tests, removed when the worker process ends."""
atexit.register(_kept.close)


def _grade_files(files: dict[str, bytes], extra_tests: Files | None, require_sandbox: bool) -> dict[str, Any]:
    """Grade the submission with these files, in a worker process."""
    with private_folder() as private:
        _write(files.items(), private / "submission")
        result: Result = _grader(extra_tests, require_sandbox).grade(private / "submission")
    return result.as_json()


def _grader(extra_tests: Files | None, require_sandbox: bool) -> Any:
    from distributed import get_worker

    from grading.judging.grader import Grader

    with _lock:
        if (options := (extra_tests, require_sandbox)) not in _graders:
            folder = None
            if extra_tests is not None:
                folder = _kept.enter_context(private_folder())  # hidden tests: gone with this process
                _write(extra_tests, folder)
            grader = Grader(get_worker().state.nthreads, extra_tests=folder, require_sandbox=require_sandbox)
            _graders[options] = grader.__enter__()
            atexit.register(grader.close)
        return _graders[options]


def _files(folder: Path) -> Files:
    paths = sorted(folder.rglob("*.py"))
    return tuple((path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths)


def _write(files: Iterable[tuple[str, bytes]], folder: Path) -> None:
    for name, content in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
