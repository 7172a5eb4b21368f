"""What is wrong is told by `grade serve` in one sentence, with exit code 2, before anything is started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grading.laptop import serve
from grading.laptop.model import ModelUnavailable
from grading.laptop.model.engine import Engine
from grading.laptop.model.server import listen


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model of the developer's own, and no process."""
    for name in ("LLM_MODEL", "LLAMAFILE_API_BASE", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("grading.laptop.preflight.KIT", Path("/nowhere"))

    def no_app(*args: object) -> None:
        raise AssertionError("the app was started")

    monkeypatch.setattr(serve, "AppProcess", no_app)


def no_engine() -> Engine:
    raise ModelUnavailable("There is no model here.")


WRONG: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "no-model": (b"", {}, "There is no model here.\nWhat you can do:"),
    "one-port": (b"", {"port": 8000, "model_port": 8000}, "The app and the model cannot both have port 8000."),
    "no-port": (b"", {"port": 70000}, "70000 is no port."),
    "weather": (b"", {"weather": "foggy"}, "There is no weather 'foggy'. Choose from: sunny, slow, throttled"),
    "no-key": (b"LLM_MODEL=openai/gpt-5-nano\nOPENAI_API_KEY=\n", {}, "OPENAI_API_KEY is missing"),
    "not-ours": (b"LLM_MODEL=ollama/x\n", {"weather": "slow"}, "Only the model on the laptop has weather"),
    "env-file": (b"\xff\xfe", {}, "{folder}/.env is not a UTF-8 text file"),
}


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(("env", "options", "sentence"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_at_once(
    env: bytes, options: dict[str, Any], sentence: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / ".env").write_bytes(env)
    assert serve.serve(folder, **{"port": 0, "model_port": 0, "load_engine": no_engine, **options}) == 2
    assert capsys.readouterr().err.startswith(sentence.format(folder=folder.resolve()))


@pytest.mark.usefixtures("quiet")
def test_a_wrong_folder_and_a_port_in_use(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "empty").mkdir()
    for wrong, sentence in (("nowhere", "no folder"), ("empty", "no main.py in"), ("main.py", "no main.py in")):
        assert serve.serve(folder / wrong) == 2
        assert f"There is {sentence}" in capsys.readouterr().err
    with listen(0) as taken:
        port = taken.getsockname()[1]
        for options in ({"port": port, "model_port": 0}, {"port": 0, "model_port": port}):
            assert serve.serve(folder, **options, load_engine=no_engine) == 2
            assert f"Port {port} is in use" in capsys.readouterr().err


@pytest.mark.usefixtures("quiet")
def test_ctrl_c_while_the_weights_are_fetched(folder: Path) -> None:
    def interrupted() -> Engine:
        raise KeyboardInterrupt

    assert serve.serve(folder, port=0, model_port=0, load_engine=interrupted) == 0
