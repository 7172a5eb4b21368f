"""A Dask cluster on this computer grades a class for real, and loses one of its workers on the way."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grading import GALLERY, KIT
from grading.maintain.class_works import zipped
from grading.results.steps import MAX_SCORE
from grading.tests.classroom.class_command import wait_for_results, written
from grading.tests.intake.handed_in import posix

pytestmark = [
    posix,
    pytest.mark.skipif(
        importlib.util.find_spec("distributed") is None, reason="needs distributed: pip install -e .[cluster]"
    ),
]

CLASS = {
    "right.py": "correct/sync_completion",
    "wrong.py": "wrong/blank_accepted",
    "other.py": "correct/plain_starlette",
    "package.zip": "correct/package_of_modules",
    "slow.py": "wrong/blocking_in_async",
    "last.py": "wrong/exception_text_500",
}
EXTRA = """
import pytest

@pytest.mark.worth(4)
def test_it_says_what_it_is(client):
    assert client.get("/openapi.json").status_code == 200
"""
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(KIT), "PYTHONIOENCODING": "utf-8", "PYTHONWARNINGS": "ignore"}
LOOPBACK = ["--host", "127.0.0.1", "--no-dashboard", "--port", "0"]


@contextlib.contextmanager
def started(module: str, *arguments: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a Python module; end it and what it started afterwards."""
    environ = {**ENVIRONMENT, "TMPDIR": str(cwd / "tmp")}
    with (cwd / f"{module}.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=cwd,
            env=environ,
            stdout=log,
            stderr=log,
            text=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def graded(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "grading", "class", "class", "--extra-tests", "extra", *arguments]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen(command, cwd=cwd, env=ENVIRONMENT, encoding="utf-8", **streams)  # type: ignore[call-overload, no-any-return]


def test_a_lost_worker_costs_no_submission_and_results_are_those_of_one_machine(tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    (tmp_path / "tmp").mkdir()
    for name, program in CLASS.items():
        files = {path.relative_to(GALLERY / program).as_posix(): path for path in (GALLERY / program).rglob("*.py")}
        content = files["main.py"].read_bytes()
        (tmp_path / "class" / name).write_bytes(
            zipped({file: path.read_bytes() for file, path in files.items()}) if name.endswith(".zip") else content
        )
    (tmp_path / "class" / "broken.py").write_text("def f(:\n")
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "test_own.py").write_text(EXTRA)
    with contextlib.ExitStack() as stack:
        file = tmp_path / "scheduler.json"
        scheduler = ["--scheduler-file", str(file), *LOOPBACK]
        stack.enter_context(started("distributed.cli.dask_scheduler", *scheduler, cwd=tmp_path))
        end = time.monotonic() + 120
        while not (file.is_file() and file.read_text().endswith("}")) and time.monotonic() < end:
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        # The nanny of the others would start a lost worker anew; this one stays lost.
        lost, *_ = [
            stack.enter_context(
                started(
                    "distributed.cli.dask_worker",
                    address,
                    *("--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1", "--local-directory", str(tmp_path)),
                    nanny,
                    cwd=tmp_path,
                )
            )
            for nanny in ("--no-nanny", "--nanny", "--nanny")
        ]
        with graded("--out", "cluster", "--cluster", address, cwd=tmp_path) as process:
            wait_for_results(tmp_path / "cluster", 1, process)
            lost.kill()
            told = process.communicate(timeout=400)[0]
        assert process.returncode == 0, told + "".join(log.read_text() for log in tmp_path.glob("*.log"))
    assert len(list((tmp_path / "tmp").rglob("test_own.py"))) <= 1  # hidden tests stay on no worker but the killed one
    with graded("--out", "alone", cwd=tmp_path) as process:
        told = process.communicate(timeout=400)[0]
    assert process.returncode == 0, told
    assert written(tmp_path / "cluster") == written(tmp_path / "alone")
    summary = json.loads((tmp_path / "alone" / "summary.json").read_bytes())
    assert {row["name"]: (row["graded"], row["max_score"]) for row in summary["marks"]} == {
        **{name.split(".")[0]: (True, MAX_SCORE + 4) for name in CLASS},
        "broken": (False, MAX_SCORE + 4),
    }


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://x"])
def test_no_scheduler_is_told_in_a_sentence(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "a.py").write_text("app = 1\n")
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "test_own.py").write_text(EXTRA)
    monkeypatch.setitem(ENVIRONMENT, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "1s")
    with graded("--out", "out", "--cluster", address, cwd=tmp_path) as process:
        told = " ".join(process.communicate(timeout=120)[0].split())
    assert process.returncode == 2, told
    assert f"There is no Dask scheduler at {address}" in told
    assert "Traceback" not in told
