"""`grade doctor` finds what is missing, says what to do, and ends with 1 for it."""

from __future__ import annotations

import io
import socket
from pathlib import Path

import pytest
from rich.console import Console

from grading.laptop import doctor
from grading.sandbox import Layer


@pytest.fixture(autouse=True)
def computer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Free ports, no weights, no .env, no sandbox."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        port = one.getsockname()[1]
    monkeypatch.setattr(doctor, "PORTS", (port,))
    monkeypatch.setattr(doctor, "KIT", tmp_path)
    monkeypatch.setattr(doctor, "layers", lambda: (Layer("seccomp", False, "sockets", "It needs a newer kernel."),))
    monkeypatch.setattr("grading.laptop.preflight.KIT", tmp_path)
    monkeypatch.setenv("KIT_CACHE", str(tmp_path))
    monkeypatch.delenv("LLM_MODEL", raising=False)
    lock = "pytest>=1 \\\n    --hash=sha256:0\nonly-for-other-computers==1 ; python_version < '3'\n"
    (tmp_path / "requirements.lock").write_text(lock)


def examine(require_sandbox: bool = False) -> tuple[int, str]:
    said = io.StringIO()
    return doctor.doctor(Console(file=said, highlight=False), require_sandbox), said.getvalue()


def test_nothing_to_do() -> None:
    code, said = examine()
    assert (code, "TO DO" in said) == (0, False)
    assert "The 1 packages are those of requirements.lock." in said
    assert "downloads it (93 MB)" in said


def test_no_sandbox_is_said_and_can_be_an_error() -> None:
    code, said = examine()
    assert "missing  seccomp: It needs a newer kernel." in said
    assert "not a sandbox" in said
    assert "container" in said
    assert (code, examine(require_sandbox=True)[0]) == (0, 1)


def test_one_reason_for_all_layers_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "layers", lambda: tuple(Layer(name, False, "", "Only Linux has it.") for name in "ab"))
    assert "missing  a, b: Only Linux has it.\n" in examine()[1]


def test_a_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("seccomp", "landlock")
    monkeypatch.setattr(doctor, "layers", lambda: tuple(Layer(name, True, f"what {name} stops", "") for name in names))
    code, said = examine(require_sandbox=True)
    assert code == 0
    assert "works    landlock: stops what landlock stops" in said
    assert "in a sandbox" in said


@pytest.mark.parametrize(
    ("lock", "told"),
    [
        ("pytest==0.1 \\\n    --hash=sha256:0", "not 0.1"),
        ("no-such-package==1", "no-such-package is missing"),
        ("\n".join(f"no-such-{number}==1" for number in range(5)), "and 2 more"),
    ],
)
def test_packages_that_the_lock_does_not_have(tmp_path: Path, lock: str, told: str) -> None:
    (tmp_path / "requirements.lock").write_text(lock)
    code, said = examine()
    assert code == 1
    assert told in said
    assert "python3 -m grading setup" in said


@pytest.mark.parametrize(
    ("env", "told"),
    [(b"LLM_MODEL=openai/gpt-5-nano\n", "OPENAI_API_KEY is missing"), (b"\xff\xfe", "save it as UTF-8")],
    ids=["no-key", "damaged"],
)
def test_an_env_file_that_is_not_enough(env: bytes, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (tmp_path / ".env").write_bytes(env)
    code, said = examine()
    assert code == 1
    assert told in said


def test_a_port_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr(doctor, "PORTS", (port,))
        code, said = examine()
    assert code == 1
    assert f"TO DO  Port {port} is in use" in said


def test_packages_are_those_of_the_set_up(tmp_path: Path) -> None:
    (tmp_path / "requirements-grader.lock").write_text("pytest>=1 \\\n    --hash=sha256:0\nno-such==1\n")
    (tmp_path / ".venv").mkdir()
    for made_from, told in (
        ("requirements-grader.lock 0\ngone.lock 0", "no-such is missing"),
        ("gone.lock 0", "are those of"),
    ):
        (tmp_path / ".venv" / "installed.txt").write_text(made_from)
        assert told in examine()[1]
