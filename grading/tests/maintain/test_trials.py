"""Trials with other interpreters and of the lock files for other systems: what is asked, and what is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from grading import KIT
from grading.maintain import lock_platforms, other_pythons
from grading.maintain.fresh_venv import NotInstalledError, Venv

WANTED = ["a==1 --hash=sha256:0", "b==2 --hash=sha256:0", "c==3 --hash=sha256:0"]


@pytest.fixture
def venv(tmp_path: Path) -> Venv:
    return Venv(tmp_path)


def test_an_interpreter_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert other_pythons.main(["no-such-python"]) == 1
    assert capsys.readouterr().out.startswith("no-such-python: not tested: ")


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        ([0], "passed"),
        ([1, 0], "failed once, then passed (see above)"),
        ([1, 1], "failed twice (see above)"),
        ([4], "failed: pytest's exit code is 4 (see above)"),
    ],
)
def test_failed_tests_run_once_more(
    codes: list[int], told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        return subprocess.CompletedProcess(command, codes[len(ran) - 1])

    monkeypatch.setattr(subprocess, "run", run)
    assert other_pythons._tested(Venv(tmp_path), ["tests"]) == told
    assert ["--last-failed" in command for command in ran] == [False, True][: len(codes)]


@pytest.mark.parametrize("lock", sorted(KIT.glob("requirements*.lock")), ids=lambda lock: lock.stem)
def test_each_pin_of_a_lock_file_is_asked_for_with_its_hashes(lock: Path) -> None:
    pins = lock_platforms.pins(lock.read_text(encoding="utf-8"))
    assert [pin for pin in pins if pin.count("==") < 1 or "--hash=sha256:" not in pin] == []
    assert sum(pin.count("--hash=") for pin in pins) == lock.read_text(encoding="utf-8").count("--hash=")


def test_every_package_without_a_wheel_is_named(venv: Venv, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        lock_platforms, "_has_wheels", lambda _, wanted, *__: not {"a", "c"} & {pin[0] for pin in wanted}
    )
    assert lock_platforms.gaps(venv, WANTED, "x86_64-apple-darwin", "3.14") == ["a==1", "c==3"]
    assert lock_platforms.gaps(venv, WANTED[1:2], "x86_64-apple-darwin", "3.14") == []


def test_an_index_that_does_not_answer_is_no_gap(venv: Venv) -> None:
    venv.uv = [sys.executable, "-c", "import sys; sys.exit('error: the index does not answer')"]
    with pytest.raises(NotInstalledError, match="the index does not answer"):
        lock_platforms.gaps(venv, WANTED, "x86_64-apple-darwin", "3.14")
    venv.uv[-1] = "import sys; sys.exit('because a==1 has no usable wheels')"
    assert lock_platforms.gaps(venv, WANTED[:1], "x86_64-apple-darwin", "3.14") == ["a==1"]
