"""Notice edited tests: a student who changes tests/ by mistake checks against other rules than those of the marks.

A student's copy of the kit has a list of hashes, which `grade release` writes; in a clone, git knows.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from grading import KIT
from grading.results.assignment import ASSIGNMENT

LIST = "grading/handed_out.json"
"""In a student's copy: name of each file of the suite -> hash of its text."""
_PATIENCE = 5.0  # seconds for git


def hash_of(data: bytes) -> str:
    """Hash a file's text, the same whatever line endings it has."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def edited_tests(kit: Path = KIT) -> list[str]:
    """Return the names of the suite's files that are not as they were handed out; none if nothing is known."""
    if (kit / LIST).is_file():
        try:
            listed: Mapping[str, str] = json.loads((kit / LIST).read_text(encoding="utf-8"))
            return [name for name, wanted in listed.items() if _now(kit / name) != wanted]
        except (OSError, ValueError, AttributeError):
            return [LIST]
    if not (kit / ".git").exists() or ASSIGNMENT.folder != KIT:
        return []
    command = ["git", "-C", str(kit), "diff", "--name-only", "HEAD", "--", "tests"]
    try:
        found = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=_PATIENCE, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return found.stdout.splitlines()


def edited_sentence(kit: Path = KIT) -> str:
    """Say which files were edited and what to do; "" if none was."""
    names = edited_tests(kit)
    if not names:
        return ""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    how = "download the kit again" if (kit / LIST).is_file() else "git checkout -- tests"
    return (
        f"Edited: {', '.join(names[:3])}{more}. These are not your part, and your marks come from the original. "
        f"To bring it back: {how}."
    )


def _now(file: Path) -> str:
    try:
        return hash_of(file.read_bytes())
    except OSError:
        return ""
