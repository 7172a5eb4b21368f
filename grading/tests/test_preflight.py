"""The preflight: one sentence names what is missing, and no key is ever in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grading import KIT, preflight
from grading.preflight import KEYS, NO_KEY, EnvFileError, load_env

KEY = "sk-very-secret-1234567890"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "LLM_MODEL is not set"),
        ({"LLM_MODEL": " "}, "LLM_MODEL is not set"),
        ({"LLM_MODEL": "gpt-5-nano"}, "LLM_MODEL names no provider"),
        ({"LLM_MODEL": "/gpt-5-nano"}, "LLM_MODEL names no provider"),
        ({"LLM_MODEL": "openai/"}, "LLM_MODEL names no model after openai/"),
        ({"LLM_MODEL": "opnai/gpt-5-nano"}, "LLM_MODEL begins with no provider that LiteLLM knows"),
        ({"LLM_MODEL": "openai/gpt-5-nano"}, "OPENAI_API_KEY is missing"),
        ({"LLM_MODEL": "openai/gpt-5-nano", "OPENAI_API_KEY": ""}, "OPENAI_API_KEY is missing"),
        ({"LLM_MODEL": "openai/gpt-5-nano", "ANTHROPIC_API_KEY": KEY}, "OPENAI_API_KEY is missing"),
        ({"LLM_MODEL": "gemini/gemini-2.5-flash"}, "GEMINI_API_KEY (or GOOGLE_API_KEY) is missing"),
        ({"LLM_MODEL": "groq/llama-3.1-8b-instant"}, "GROQ_API_KEY is missing"),
        ({"LLM_MODEL": "mistral/mistral-small-latest"}, "MISTRAL_API_KEY is missing"),
        ({"LLM_MODEL": "openrouter/openai/gpt-5"}, "OPENROUTER_API_KEY (or OR_API_KEY) is missing"),
        ({"LLM_MODEL": "cerebras/llama3.1-8b"}, "CEREBRAS_API_KEY is missing"),
        ({"LLM_MODEL": "azure/gpt", "AZURE_API_KEY": KEY}, "AZURE_API_BASE and AZURE_API_VERSION is missing"),
    ],
)
def test_what_is_missing_is_named_in_one_sentence(
    environ: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_settings(monkeypatch)
    problem = preflight.preflight(environ)
    assert problem is not None
    assert problem.startswith(expected)
    assert problem.endswith(".")
    assert "\n" not in problem
    assert KEY not in problem


def forget_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """LiteLLM looks at this process's environment, where the suite has put fake keys."""
    for name in ("CEREBRAS_API_KEY", "AZURE_API_KEY", "AZURE_API_BASE", "AZURE_API_VERSION"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    "environ",
    [
        {"LLM_MODEL": "llamafile/smollm2"},
        {"LLM_MODEL": "ollama_chat/llama3.2"},
        {"LLM_MODEL": "ollama/llama3.2"},
        {"LLM_MODEL": "openai/gpt-5-nano", "OPENAI_API_KEY": KEY},
        {"LLM_MODEL": "gemini/gemini-2.5-flash", "GEMINI_API_KEY": KEY},
        {"LLM_MODEL": "gemini/gemini-2.5-flash", "GOOGLE_API_KEY": KEY},
        {"LLM_MODEL": "cerebras/llama3.1-8b", "CEREBRAS_API_KEY": KEY},
        {"LLM_MODEL": "bedrock/anthropic.claude"},
    ],
    ids=lambda environ: "-".join(environ.values()).replace(KEY, "key"),
)
def test_nothing_is_missing(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    forget_settings(monkeypatch)
    assert preflight.preflight(environ) is None


def test_a_key_in_the_place_of_the_model_is_not_printed() -> None:
    assert KEY not in str(preflight.preflight({"LLM_MODEL": KEY}))
    assert KEY not in str(preflight.preflight({"LLM_MODEL": f"{KEY}/x"}))


@pytest.mark.parametrize("provider", sorted(set(KEYS) | NO_KEY))
def test_litellm_knows_the_provider_and_its_variable(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import litellm

    assert provider in {getattr(each, "value", each) for each in litellm.provider_list}
    if provider in KEYS:
        for name in KEYS[provider]:
            monkeypatch.delenv(name, raising=False)
        # It says nothing of some of them; what it says has to be in our table.
        assert set(litellm.validate_environment(f"{provider}/model")["missing_keys"]) <= set(KEYS[provider])


def write_env(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / ".env"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_folder_comes_before_the_kit_and_the_terminal_before_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "KIT", tmp_path / "kit")
    kit = write_env(tmp_path / "kit", "LLM_MODEL=openai/kit\nOPENAI_API_KEY=kit\nONLY_KIT=1\n")
    own = write_env(tmp_path / "own", "# mine\nLLM_MODEL='openai/own'\nOPENAI_API_KEY=own\nNO_VALUE\n")
    environ = {"OPENAI_API_KEY": "terminal"}
    assert load_env(tmp_path / "own", environ) == [own, kit]
    assert environ == {"OPENAI_API_KEY": "terminal", "LLM_MODEL": "openai/own", "ONLY_KIT": "1"}


def test_without_any_file_nothing_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "KIT", tmp_path)
    environ: dict[str, str] = {}
    assert load_env(tmp_path, environ) == []
    assert environ == {}


def test_a_file_from_windows_notepad_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "KIT", tmp_path)
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfLLM_MODEL=openai/x\r\nOPENAI_API_KEY=k\r\n")
    environ: dict[str, str] = {}
    load_env(tmp_path, environ)
    assert environ == {"LLM_MODEL": "openai/x", "OPENAI_API_KEY": "k"}


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("LLM_MODEL=ä".encode("utf-16"))
    with pytest.raises(EnvFileError, match=r"\.env is not a UTF-8 text file"):
        load_env(tmp_path, {})


def test_the_example_file_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = (KIT / ".env.example").read_text(encoding="utf-8")
    monkeypatch.setattr(preflight, "KIT", tmp_path)
    write_env(tmp_path, example)
    environ: dict[str, str] = {}
    load_env(tmp_path, environ)
    assert environ == {"LLM_MODEL": "llamafile/smollm2"}
    blocks = re.findall(r"^# (LLM_MODEL=.*)\n((?:# \w+=\n)*)", example, flags=re.MULTILINE)
    assert len(blocks) >= 6
    for model, keys in blocks:
        environ = {"LLM_MODEL": model.partition("=")[2]}
        names = re.findall(r"\w+_API_KEY", keys)
        problem = preflight.preflight(environ)
        assert (problem is None) == (not names), model
        assert problem is None or problem.startswith(names[0])
        assert preflight.preflight(environ | dict.fromkeys(names, KEY)) is None
