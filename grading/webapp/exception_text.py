"""Program's side. Nothing here is trusted: say an exception in words: what, in which line, and the usual way out.

Python's own sentence is kept, because learning to read it is part of the work; a line of advice follows if the mistake
is a common one. Frames of the harness and of libraries are never shown.
"""

from __future__ import annotations

import linecache
import os
import re
import traceback
from pathlib import Path
from types import FrameType

from grading.intake.source_text import describe_syntax_error
from grading.results.failure import Explanation
from grading.webapp.advice import NOT_CAUGHT, advice, result_sentence

_LONGEST = 300  # characters of an exception's text
_FRAMES = 8  # of the student's own in a trace
_UNCAUGHT = ", and nothing catches it"


def explain(error: BaseException, folder: Path, trace: bool = False) -> Explanation:
    """Explain an exception of the program in `folder`; `trace` adds the callers in its files, innermost first."""
    text, observation = _text(error, folder, trace), _observation(error)
    return Explanation(text, f"{observation} despite an except" if NOT_CAUGHT in text else observation)


def _observation(error: BaseException) -> str:
    """Return what the exceptions of all programs with this mistake have in common: the class, seldom more."""
    text, kind = str(error), _kind(error)
    if isinstance(error, ModuleNotFoundError):
        return f"{kind}: {error.name}"
    if re.match(r"(module|type object)? ?'(litellm|LiteLLM)'( object)? has no|cannot import .* from 'litellm'", text):
        return "litellm lacks a name"
    if isinstance(error, KeyError) and "_KEY" in text:
        return f"{kind}: a key"
    return f"{kind}: {text}" if isinstance(error, RuntimeError) else kind


def _kind(error: BaseException) -> str:
    """Return the name of its class; of LiteLLM's and OpenAI's, which have namesakes, with the package in front."""
    kind = type(error)
    package = kind.__module__.partition(".")[0]
    return f"{package}.{kind.__name__}" if package in ("litellm", "openai") else kind.__name__


def _text(error: BaseException, folder: Path, trace: bool) -> str:
    """Return a sentence, the student's line with a caret, and advice if there is any: a few lines."""
    if isinstance(error, SyntaxError) and isinstance(error.filename, str) and _own(error.filename, folder):
        return describe_syntax_error(error)
    if said := result_sentence(error):
        return said
    frames = [(frame, line) for frame, line in traceback.walk_tb(error.__traceback__) if _own(_file(frame), folder)]
    if not frames:
        return _sentence(error, folder)
    place, code = _place(*frames[-1], folder)
    way_out = advice(error, code, *frames[-1])
    sentence = _sentence(error, folder)
    if way_out and NOT_CAUGHT not in way_out:
        sentence = sentence.removesuffix(_UNCAUGHT)  # what to mend is the call, and `try` would only hide it
    lines = [f"{place}: {sentence}", f"    {code}"]
    name = getattr(error, "name", None)
    if isinstance(name, str) and (found := re.search(rf"\b{re.escape(name)}\b", code)):
        lines.append(f"    {' ' * found.start()}^")
    lines += filter(None, [way_out])
    for frame, line in reversed(frames[-_FRAMES:-1] if trace else []):
        place, code = _place(frame, line, folder)
        lines += [f"called from {place}, in {frame.f_code.co_name}:", f"    {code}"]
    return "\n".join(lines)


def _own(file: str, folder: Path) -> bool:
    return Path(file).is_relative_to(folder)


def _file(frame: FrameType) -> str:
    return frame.f_code.co_filename


def _place(frame: FrameType, line: int, folder: Path) -> tuple[str, str]:
    """Return the file with the line number, and the code of that line."""
    name = Path(_file(frame)).relative_to(folder).as_posix()
    linecache.checkcache(_file(frame))
    return f"{name}, line {line}", linecache.getline(_file(frame), line).strip()


def _sentence(error: BaseException, folder: Path) -> str:
    """Return the exception's class and text in one line: no paths but those in `folder`, nothing random."""
    kind, text = _kind(error), str(error)
    if "." in kind and kind != "openai.OpenAIError":  # which is about the SDK's own settings
        return f"{kind}{_UNCAUGHT}"  # its text is the provider's, and long
    if isinstance(error, ImportError):
        text = re.sub(r" \((?:unknown location|[^()]*\.(?:py|so|pyd))\)", "", text)
    text = " ".join(text.replace(f"{folder}{os.sep}", "").split())
    text = re.sub(r"\b0x[0-9a-fA-F]+", "0x…", text.partition(" For further information visit")[0])
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
    return f"{kind}: {text}" if text else kind
