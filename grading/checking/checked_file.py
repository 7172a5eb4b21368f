"""Say which main.py a check has read, and whether it looks like the one that was saved."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from grading.results.assignment import ASSIGNMENT


@dataclass(frozen=True)
class CheckedFile:
    """Which main.py was read."""

    path: str
    saved: str
    """When it was saved last, such as "14:05:10"; empty if there is none."""
    untouched: bool
    """Whether there is no code in it, as when it was handed out."""
    only_openai: bool = False
    """Whether it uses OpenAI's own client and no LiteLLM."""

    @property
    def sentence(self) -> str:
        """Where it is and when it was saved; and a question if there is nothing in it."""
        if not self.saved:
            return f"{self.path}: there is no such file yet."
        return f"{self.path}, saved at {self.saved}. {self.warning}".rstrip()

    @property
    def warning(self) -> str:
        """What looks wrong about it as a whole, and what to do; "" if nothing does."""
        if self.untouched:
            return "There is no code in it yet, as when it was handed out. Did you save yours?"
        return "It calls OpenAI's own client: call LiteLLM in its place (step 3)." if self.only_openai else ""


def checked_file(folder: Path) -> CheckedFile:
    """Return which file a check of `folder` reads; `folder` may be the file itself."""
    file = folder.resolve()
    file = file if file.is_file() else file / ASSIGNMENT.program
    try:
        saved = f"{datetime.fromtimestamp(file.stat().st_mtime):%H:%M:%S}"
        source = file.read_bytes() if file.suffix == ".py" else b""
        alone = not any(path.name != file.name for path in file.parent.glob("[!t]*.py"))  # test_main.py does not count
        only_openai = alone and b"OpenAI(" in source and b"litellm" not in source.lower()
        return CheckedFile(str(file), saved, file.suffix == ".py" and not _has_code(source), only_openai)
    except OSError:
        return CheckedFile(str(file), "", False)


def _has_code(source: bytes) -> bool:
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    return any(not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) for node in body)
