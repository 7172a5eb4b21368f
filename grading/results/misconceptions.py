"""Match a failing result with the gallery program that fails in the same way, to say what often causes that.

A pattern is what a program's failed tests observed: test id -> observation, the message's "came back" without what
differs between two programs with the same misconception (wording, names, lengths). The patterns of the gallery stand in
grading/gallery/patterns.json. `python -m grading.results.misconceptions` makes that file anew; `--evaluate` plants the
misconceptions into other programs (grading/gallery/variants.toml) and prints how often the match is right.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from grading import GALLERY, KIT
from grading.results.reading import first_open
from grading.results.result import Result
from grading.results.steps import STEPS, step

PATTERNS = GALLERY / "patterns.json"

CLOSE = 0.75
"""What a match must reach to be shown. See `--evaluate`."""

_TAIL = re.compile(r"(the name app|not LiteLLM's|, by the logger|it asked somebody: a model|last event is data).*")
Pattern = Mapping[str, str]
_LACKS = re.compile(r".*(['.]LiteLLM' has no attribute|cannot import name '\w+' from 'litellm').*", re.IGNORECASE)


@dataclass(frozen=True)
class Misconception:
    """What a student may believe; `name` is the folder in the gallery."""

    name: str
    title: str
    explanation: str
    """The cause, as the rest of a sentence that begins "This often happens when"; then a sentence about what to do."""
    notebook: str  # and in it the heading of the section to read
    section: str

    @property
    def where(self) -> str:
        """What to read, for a student; "" if this copy of the kit lacks the notebook."""
        return f'{self.notebook}, "{self.section}"' if (KIT / self.notebook).is_file() else ""


def nearest(result: Result) -> Misconception | None:
    """Return the misconception whose program fails most alike, or None if no one is close.

    It is about the step of the first open test, which is what the student is shown.
    """
    test = first_open(test for test in result.tests if test.step)  # an instructor's own belong to no step
    if test is None or test.status != "failed":
        return None
    found, ran = pattern(result), {row.id for row in result.tests}
    close = {name: known for name, known in patterns().items() if test.step in map(_step, known)}
    scores = {name: _likeness(found, known, ran) for name, known in close.items()}
    best = max(scores.values(), default=0)
    names = [name for name, score in scores.items() if score == best]
    # Two that are equally near: nobody can tell which one it is.
    return misconception(names[0]) if best >= CLOSE and len(names) == 1 else None


def pattern(result: Result) -> dict[str, str]:
    """Return the pattern of a result: what each failed test of the suite observed."""
    suite = {row.number for row in STEPS if row.tests}
    failed = [test for test in result.tests if test.status == "failed" and test.step in suite]
    return {test.id: observation(test.message) for test in failed}


def _likeness(found: Pattern, known: Pattern, ran: set[str]) -> float:
    """Return 1 for two patterns that are equal in the steps that the known one breaks, and 0 if no test is in both.

    Other steps may hold other mistakes, or nothing yet. A test that failed with another observation counts half.
    """
    steps = {_step(key) for key in known}
    mine = {key for key in found if _step(key) in steps}
    theirs = known.keys() & ran
    alike = sum(1.0 if found[key] == known[key] else 0.5 for key in mine & theirs)
    return alike / len(mine | theirs) if theirs else 0


def _step(test_id: str) -> int:
    digits = test_id.removeprefix("test_step_")[:2]
    return int(digits) if digits.isdecimal() else 0


def observation(message: str) -> str:
    """Return the "came back" part of a message without what differs from program to program."""
    text = next((line[12:] for line in message.splitlines() if line.startswith("came back:")), message)
    thrown = re.search(r"^ +\S+\.py, line \d+: (\w+\.?\w*)", message, re.MULTILINE)
    return f"{_observation(text)}{f' {thrown[1]}' if thrown else ''}"


def _observation(text: str) -> str:
    if found := re.match(r"Importing main.py failed\.(?: \S+, line \d+:)? (.*)", text):
        return _LACKS.sub("litellm lacks a name", re.sub(r"'\w+_KEY'", "a key", found[1]))
    if found := re.match(r"the last message that the model got has the content (.*)", text):
        return f"content {_marks(found[1])}"
    if found := re.fullmatch(r"(\d{3})(?: ([^;,].*))?", text):
        return f"{found[1]} {_shape(found[1], found[2] or '')}".strip()
    if found := re.match(r"(\d{3}, and (?:the body|the header)).*? holds '(.*?)'", text):
        return f"{found[1]} tells {'its class' if found[2].isalpha() else 'it'}"
    text = _TAIL.sub(r"\1", text)
    text = re.sub(r"(asked for the model) (?!model-…).*", r"\1 another", text)
    # 600 seconds are LiteLLM's own time-out: those who set none have it.
    return re.sub(r"\b(?!0 |600 )\d+(?= seconds| times)", "N", text)


def _marks(content: str) -> str:
    """Say what is special about a message that reached the model."""
    marks = {"the message": "message-…", "entities": r"&\w+;", "braces": r"\{\w", "earlier": "came before it"}
    return ", ".join(name for name, sign in marks.items() if re.search(sign, content))


def _shape(status: str, body: str) -> str:
    """Say of which form a body is, which may be cut short."""
    if status == "422":  # its wording is free, but FastAPI's tells where it looked
        found = re.search(r'"loc":\["(query|body","(?!message)\w+)', body)
        return "" if found is None else "about the query" if found[1] == "query" else "about another field"
    if not body.startswith(("{", "[", '"', "null")):
        return "text" if body else "nothing"
    parts = [body[:2] if body.startswith('"{') else body[0]]  # a string with JSON in it was packed twice
    parts += [name for name in ("response", "detail", "choices") if f'"{name}":' in body]
    parts += re.findall(r'"response":\s*("None"|""|null|\{|"[a-z]+-…"|"  |"MiXed)', body)
    parts += ["and more"] * (len(parts) > 1 and len(re.findall(r'"[\w-]+":', body)) > 1)
    parts += ["leaks"] * bool(re.search(r"secret-…|litellm\.|openai\.", body))
    return " ".join(parts)


@cache
def patterns() -> Mapping[str, Pattern]:
    """Return the gallery's patterns by name, but for programs that another stands for; none without a gallery."""
    data: dict[str, Pattern] = json.loads(PATTERNS.read_text(encoding="utf-8")) if PATTERNS.is_file() else {}
    return {name: known for name, known in data.items() if "like" not in about(name)}


@cache
def about(name: str) -> dict[str, Any]:
    """Return what a wrong program's program.toml says."""
    return tomllib.loads((GALLERY / "wrong" / name / "program.toml").read_text(encoding="utf-8"))


def misconception(name: str) -> Misconception:
    """Return the misconception of this name."""
    facts = about(name)
    notebook = step(facts.get("step", min(facts["breaks"]))).notebook
    return Misconception(name, facts["title"], facts["explanation"], notebook, facts["section"])
