"""The set-up: uv's or pip's commands, never silent, by hash; and lock files that agree with each other."""

from __future__ import annotations

import re
import shutil
import sys
import time
from pathlib import Path

import pytest

from grading import KIT, environment
from grading.environment import INSTALLED, SetupFailed, main, set_up
from grading.webapp.frameworks import EXTRA

LOCKS = sorted(KIT.glob("requirements*.lock"))
_PIN = re.compile(r"^([\w.-]+)==([^ \\]+)(?: ; ([^\\]+?))? \\$", re.MULTILINE)


class Computer:
    """Notes what is run, and lets what the test names fail."""

    def __init__(self) -> None:
        self.fails: list[str] = []
        self.ran: list[str] = []
        self.has_uv: list[str] = ["PATH"]
        self.copied = 0

    def run(self, task: str, command: list[str]) -> None:
        line = " ".join(command)
        if line == "/kit/python -m grading.notebooks.copies":
            self.copied += 1
            return
        self.ran.append(line)
        if any(word in line for word in self.fails):
            raise SetupFailed(f"{task} failed.")
        if "requirements-uv.lock" in line:
            self.has_uv.append("fetched")

    def which(self, name: str, path: str | None = None) -> str | None:
        return f"/{'fetched' if path else 'PATH'}/uv" if ("fetched" if path else "PATH") in self.has_uv else None


@pytest.fixture
def computer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Computer:
    computer = Computer()
    monkeypatch.setattr(environment, "_run", computer.run)
    monkeypatch.setattr(environment, "_make_venv", lambda: Path("/kit/python"))
    monkeypatch.setattr(environment, "VENV", tmp_path)
    monkeypatch.setattr(shutil, "which", computer.which)
    return computer


def installers(computer: Computer) -> list[str]:
    """Return what installed: a line of the packages', then one of the kit's."""
    assert all("--require-hashes" in line or line.endswith(f"--no-build-isolation -e {KIT}") for line in computer.ran)
    return [line.split(" install")[0] for line in computer.ran if "requirements-uv" not in line]


def test_uv_from_path(computer: Computer, tmp_path: Path) -> None:
    set_up(["requirements.lock"])
    assert installers(computer) == ["/PATH/uv pip"] * 2
    assert "--python /kit/python --compile-bytecode" in computer.ran[0]
    assert f"-r {KIT / 'requirements.lock'}" in computer.ran[0]
    assert (tmp_path / INSTALLED).read_text().startswith("requirements.lock ")


def test_nothing_is_done_twice(computer: Computer, tmp_path: Path) -> None:
    set_up(["requirements.lock", "requirements-class.lock"])
    computer.ran.clear()
    set_up(["requirements.lock"])
    assert computer.ran == []
    assert computer.copied == 2, "the notebooks may be newer than the packages"
    (tmp_path / INSTALLED).write_text("requirements.lock 0123")  # another version of it
    set_up(["requirements.lock"])
    assert computer.ran


def test_uv_from_the_package_index(computer: Computer) -> None:
    computer.has_uv = []
    set_up(["requirements.lock"])
    assert computer.ran[0].startswith("/kit/python -m pip")
    assert f"--require-hashes -r {KIT / 'requirements-uv.lock'}" in computer.ran[0]
    assert installers(computer) == ["/fetched/uv pip"] * 2


@pytest.mark.parametrize(("has", "fails"), [([], "requirements-uv.lock"), (["PATH"], "/PATH/uv")])
def test_pip_where_uv_cannot_be_had_or_fails(has: list[str], fails: str, computer: Computer) -> None:
    computer.has_uv, computer.fails = has, [fails]
    set_up(["requirements.lock"])
    assert installers(computer)[-2:] == ["/kit/python -m pip --disable-pip-version-check"] * 2


def test_without_a_network(computer: Computer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    computer.fails = ["install"]
    assert main([]) == 2
    assert "Set-up failed. Is there a connection to the package index" in capsys.readouterr().err
    assert not (tmp_path / INSTALLED).exists()


@pytest.mark.parametrize(
    ("options", "locks"),
    [
        ("", ["requirements.lock"]),
        ("--dev", ["requirements-dev.lock"]),
        ("--dev --class", ["requirements-dev.lock"]),
        ("--class", ["requirements.lock", "requirements-class.lock"]),
        ("--grader-only", ["requirements-grader.lock"]),
        ("--grader-only --class", ["requirements-grader.lock", "requirements-class.lock"]),
        ("--frameworks", ["requirements.lock", "requirements-frameworks.lock"]),
        ("--dev --frameworks", ["requirements-dev.lock", "requirements-frameworks.lock"]),
        (
            "--grader-only --class --frameworks",
            ["requirements-grader.lock", "requirements-class.lock", "requirements-frameworks.lock"],
        ),
    ],
)
def test_what_each_option_installs(options: str, locks: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr(environment, "set_up", seen.append)
    assert (main(options.split()), seen) == (0, [locks])


def test_contradictory_options() -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--dev", "--grader-only"])


def test_an_old_python_gets_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    assert main([]) == 2
    assert "This kit needs Python 3.11 or newer" in capsys.readouterr().err


# How a command is run.


def test_it_is_never_silent_for_more_than_2_seconds(capfd: pytest.CaptureFixture[str]) -> None:
    program = "import time\nprint('Downloading big (93 MB)', flush=True)\ntime.sleep(5)"
    start = time.monotonic()
    environment._run("Fetching it", [sys.executable, "-c", program])
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == "Fetching it ..."
    assert len(lines) - 1 >= (time.monotonic() - start) / 2 - 1
    assert all(re.fullmatch(r" +\d+ s( +Downloading big \(93 MB\))?", line) for line in lines[1:])


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("print('ERROR: no such package')\nprint('a hint')\nraise SystemExit(1)", "failed:\n  ERROR: no such package"),
        ("print('one\\ntwo\\nthree\\nfour')\nraise SystemExit(1)", "failed:\n  two\n  three\n  four"),
    ],
)
def test_what_failed_is_told_in_the_tools_own_last_words(program: str, told: str) -> None:
    with pytest.raises(SetupFailed) as caught:
        environment._run("Fetching it", [sys.executable, "-c", program])
    assert str(caught.value).endswith(told)


# The lock files.


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_each_pin_has_hashes_and_no_index_is_named(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert _PIN.findall(text)
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in block, block
    assert not re.search(r"://|^-", text, re.MULTILINE)


def test_all_lock_files_agree() -> None:
    """Else `setup --class` after `setup` would change what is installed, or find no version for both."""
    versions: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, version, marker in _PIN.findall(lock.read_text(encoding="utf-8")):
            versions.setdefault(name if "python_full_version" not in marker else f"{name} {marker}", set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def names(lock: str) -> set[str]:
    return {name for name, _, _ in _PIN.findall((KIT / lock).read_text(encoding="utf-8"))}


def test_the_grader_alone_needs_neither_notebooks_nor_the_model() -> None:
    assert names("requirements-grader.lock") < names("requirements.lock") < names("requirements-dev.lock")
    assert not {"jupyterlab", "ipykernel", "xllamacpp"} & names("requirements-grader.lock")
    assert {"litellm", "fastapi", "pytest", "flit-core"} <= names("requirements-grader.lock")
    assert {"matplotlib", "copydetect"} <= names("requirements-class.lock") < names("requirements-dev.lock")


def test_the_extra_of_frameworks_brings_all_of_them_and_what_the_grader_needs() -> None:
    assert {*EXTRA} < names("requirements-frameworks.lock")
    assert names("requirements-grader.lock") < names("requirements-frameworks.lock")
    assert not {*EXTRA} & names("requirements-dev.lock")


def test_every_lock_file_has_its_size() -> None:
    assert {*environment._SIZES, "requirements-uv.lock"} == {lock.name for lock in LOCKS}
