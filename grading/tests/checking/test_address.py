"""Whose helper is asked: none that is dead, somebody else's, or used up."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grading import KIT
from grading.checking import address
from grading.checking import check as check_module
from grading.checking.check import warm_check
from grading.checking.daemon import _TICK
from grading.commands import cli
from grading.judging.grade import grade_here
from grading.tests.checking.warm import WAIT, forks, said, told, until
from grading.tests.intake.handed_in import posix
from grading.tests.programs import write


@forks
def test_a_stale_address_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(address.address()))
    stale = address.address().stat().st_ino
    code = (
        "from grading import KIT\nfrom grading.checking.check import warm_check\n"
        "print(warm_check(KIT / 'solution', 1).graded)"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=KIT, stdout=subprocess.PIPE, start_new_session=True)
    assert ended.stdout.strip() == b"True"
    assert not address.address().exists() or address.address().stat().st_ino != stale
    until(lambda: not address.address().exists())


@forks
def test_a_helper_that_is_needed_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks again and again whether its address is still its own; its environment is not quite its clients'."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    warm_check(KIT / "solution", 1)
    helper = address.address().stat().st_ino
    time.sleep(2.5 * _TICK)
    assert address.address().stat().st_ino == helper
    address.address().unlink()  # this ends it


@posix
def test_a_folder_that_others_may_enter_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder = address.address().parent
    folder.chmod(0o755)
    monkeypatch.setattr(check_module, "run_suite", lambda *args, **options: [])
    assert warm_check(KIT / "solution", 1).tests == ()  # what the new process said
    assert list(folder.iterdir()) == []


@posix
def test_a_helper_folder_of_somebody_elses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user makes /tmp/litellm-kit-UID first: checks are slow then, and whoever waits hears why."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert address.blocked() is None
    address.address().parent.chmod(0o777)
    slow = CliRunner().invoke(cli, ["check", str(KIT / "solution"), "--step", "1"])
    assert "is somebody else's, or open to others. Remove it, or set XDG_RUNTIME_DIR." in " ".join(slow.output.split())
    assert slow.exit_code == 0


def test_without_fork_each_check_gets_a_fresh_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_cold: None
) -> None:
    """As on Windows: a process on a loopback port, used once, and the next one is warmed meanwhile."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(address, "FORKS", False)
    folder = write(tmp_path / "program", "import os\nraise ValueError(os.getpid())\n")
    first = said(folder)
    until(address.address().exists)  # the next one; nobody asked for it yet
    port = json.loads(address.address().read_text())["port"]
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT) as stranger:
        stranger.sendall(b'{"token": "guessed"}\n')
        assert stranger.recv(1) == b""
    assert said(folder) != first
    assert told(warm_check(KIT / "solution", 7)) == told(grade_here(KIT / "solution", step=7))
    until(address.address().exists)
