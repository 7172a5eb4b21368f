"""Ask the student's own language model for a hint that does not give the code away. Only on demand: it sends code."""

from __future__ import annotations

import os
from pathlib import Path

from grading.checking.explain import Explained
from grading.laptop.preflight import EnvFileError, load_env, preflight

PROMPT = Path(__file__).with_name("hint_prompt.txt")
_TIMEOUT = 60  # seconds


class NoHint(Exception):
    """The model gave none; `str(error)` says why and what to do."""


def question(explained: Explained) -> str:
    """Return what is sent beside the prompt: the message, the student's lines, the course's section."""
    code = "\n".join(f"{number:>4}  {line}" for number, line in explained.lines)
    parts = [("The test's message", explained.message.text), ("The student's lines, main.py", code)]
    parts.append(("The course", explained.section))
    return "\n\n".join(f"## {title}\n{text}" for title, text in parts if text)


def chosen_model(folder: Path) -> str:
    """Return the value of LLM_MODEL, after reading the student's .env. Raises NoHint if it can't be called."""
    try:
        load_env(folder if folder.is_dir() else folder.parent)
    except EnvFileError as problem:
        raise NoHint(str(problem)) from None
    if missing := preflight():
        raise NoHint(missing)
    return os.environ["LLM_MODEL"]


def ask_for_hint(explained: Explained, model: str) -> str:
    """Return the hint of `model`. Raises NoHint."""
    import litellm  # late: seconds
    import openai

    litellm.suppress_debug_info = True
    messages = [
        {"role": "system", "content": PROMPT.read_text(encoding="utf-8")},
        {"role": "user", "content": question(explained)},
    ]
    try:
        answer = litellm.completion(model=model, messages=messages, timeout=_TIMEOUT, num_retries=0)
    except openai.APIError as problem:
        kind = type(problem).__name__
        raise NoHint(f"{model} gave no hint ({kind}). Is the key right, and is the model running?") from None
    text = answer.choices[0].message.content if answer.choices else None
    if not text or not text.strip():
        raise NoHint(f"{model} answered without any text.")
    return str(text).strip()
