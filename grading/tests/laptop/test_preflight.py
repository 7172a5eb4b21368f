"""The preflight: one sentence names what is missing, and no key is ever in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grading import KIT
from grading.laptop import preflight
from grading.laptop.preflight import KEYS, NO_KEY, RETIRED, EnvFileError, load_env

KEY = "sk-very-secret-1234567890"


OPENAI, GEMINI = "openai/gpt-5-nano", "gemini/gemini-2.5-flash"


@pytest.mark.parametrize(
    ("model", "keys", "expected"),
    [
        (None, {}, "LLM_MODEL is not set"),
        (" ", {}, "LLM_MODEL is not set"),
        ("gpt-5-nano", {}, "LLM_MODEL names no provider"),
        ("/gpt-5-nano", {}, "LLM_MODEL names no provider"),
        (KEY, {}, "LLM_MODEL names no provider"),
        ("openai/", {}, "LLM_MODEL names no model after openai/"),
        ("opnai/gpt-5-nano", {}, "LLM_MODEL begins with no provider that LiteLLM knows"),
        (f"{KEY}/x", {}, "LLM_MODEL begins with no provider that LiteLLM knows"),
        (OPENAI, {}, "OPENAI_API_KEY is missing"),
        (OPENAI, {"OPENAI_API_KEY": ""}, "OPENAI_API_KEY is missing"),
        (OPENAI, {"ANTHROPIC_API_KEY": KEY}, "OPENAI_API_KEY is missing"),
        (OPENAI, {"OPENAI_API_KEY": KEY}, None),
        (GEMINI, {}, "GEMINI_API_KEY (or GOOGLE_API_KEY) is missing"),
        (GEMINI, {"GEMINI_API_KEY": KEY}, None),
        (GEMINI, {"GOOGLE_API_KEY": KEY}, None),
        ("groq/llama-3.1-8b-instant", {}, "GROQ_API_KEY is missing"),
        ("mistral/mistral-small-latest", {}, "MISTRAL_API_KEY is missing"),
        ("openrouter/openai/gpt-5", {}, "OPENROUTER_API_KEY (or OR_API_KEY) is missing"),
        ("cerebras/llama3.1-8b", {}, "CEREBRAS_API_KEY is missing"),
        ("cerebras/llama3.1-8b", {"CEREBRAS_API_KEY": KEY}, None),
        ("azure/gpt", {"AZURE_API_KEY": KEY}, "AZURE_API_BASE and AZURE_API_VERSION is missing"),
        ("bedrock/anthropic.claude", {}, None),
        ("llamafile/smollm2", {}, None),
        ("ollama/llama3.2", {}, None),
        ("ollama_chat/llama3.2", {}, None),
        ("github/gpt-4o-mini", {"GITHUB_API_KEY": KEY}, "GitHub Models was retired on 30 July 2026"),
    ],
)
def test_what_is_missing_is_named_in_one_sentence(
    model: str | None, keys: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # LiteLLM looks at this process's environment, where the suite has put fake keys.
    for name in ("CEREBRAS_API_KEY", "AZURE_API_KEY", "AZURE_API_BASE", "AZURE_API_VERSION"):
        monkeypatch.delenv(name, raising=False)
    problem = preflight.preflight(keys if model is None else {"LLM_MODEL": model, **keys})
    if expected is None:
        assert problem is None
    else:
        assert problem is not None
        assert problem.startswith(expected)
        assert problem.endswith(".")
        assert "\n" not in problem
        assert KEY not in problem


@pytest.mark.parametrize("provider", sorted(set(KEYS) | NO_KEY))
def test_litellm_knows_the_provider_and_its_variable(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import litellm

    assert provider in {getattr(each, "value", each) for each in litellm.provider_list}
    if provider in KEYS:
        for name in KEYS[provider]:
            monkeypatch.delenv(name, raising=False)
        # It says nothing of some of them; what it says has to be in our table.
        assert set(litellm.validate_environment(f"{provider}/model")["missing_keys"]) <= set(KEYS[provider])


@pytest.mark.parametrize("installed", [True, False])
def test_vertex_ai_needs_a_package_of_its_own(installed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, LiteLLM says APIConnectionError at the first request."""
    monkeypatch.setattr(preflight, "find_spec", lambda name: object() if installed else None)
    problem = preflight.preflight({"LLM_MODEL": "vertex_ai/gemini-2.5-flash"})
    assert (problem is None) is installed
    assert installed or (problem or "").startswith("vertex_ai needs the package google-auth: pip install google-auth")


@pytest.mark.parametrize("provider", preflight.PACKAGES)
def test_the_package_is_the_one_that_litellm_misses(provider: str) -> None:
    module, _ = preflight.PACKAGES[provider]
    import litellm.llms.vertex_ai.vertex_llm_base as base

    assert f"from {module}" in Path(base.__file__ or "").read_text(encoding="utf-8")


def test_what_is_retired_is_in_no_list() -> None:
    example = (KIT / ".env.example").read_text(encoding="utf-8")
    assert not set(RETIRED) & (set(KEYS) | NO_KEY)
    assert not any(f"{name}/" in example for name in RETIRED)


def write_env(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / ".env").write_text(text, encoding=encoding)
    return folder / ".env"


def test_the_folder_comes_before_the_kit_and_the_terminal_before_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "KIT", tmp_path / "kit")
    kit = write_env(tmp_path / "kit", "LLM_MODEL=openai/kit\nOPENAI_API_KEY=kit\nONLY_KIT=1\n")
    own = write_env(tmp_path / "own", "# mine\nLLM_MODEL='openai/own'\nOPENAI_API_KEY=own\nNO_VALUE\n")
    environ = {"OPENAI_API_KEY": "terminal"}
    assert load_env(tmp_path / "own", environ) == [own, kit]
    assert environ == {"OPENAI_API_KEY": "terminal", "LLM_MODEL": "openai/own", "ONLY_KIT": "1"}


def test_no_file_one_from_windows_notepad_and_one_that_is_not_utf8(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "KIT", tmp_path)
    environ: dict[str, str] = {}
    assert (load_env(tmp_path, environ), environ) == ([], {})
    write_env(tmp_path, "LLM_MODEL=openai/x\r\nOPENAI_API_KEY=k\r\n", "utf-8-sig")
    load_env(tmp_path, environ)
    assert environ == {"LLM_MODEL": "openai/x", "OPENAI_API_KEY": "k"}
    write_env(tmp_path, "LLM_MODEL=ä", "utf-16")
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
