"""Names of files and folders that are nobody's work: environments, what tools and desktops leave behind, keys.

One list for the whole kit. Case is ignored, as some file systems do.
"""

from __future__ import annotations

_ENVIRONMENTS = frozenset([".venv", "venv", "env", "node_modules"])
_CACHES = frozenset(["__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache"])
_DESKTOPS = frozenset([".idea", ".vscode", "__macosx", ".ds_store", "thumbs.db", "desktop.ini"])
_NOTES = frozenset([".given_up.json"])  # which answers a learner gave up on: that stays with the learner
_IGNORED = _ENVIRONMENTS | _CACHES | _DESKTOPS | _NOTES | {".git", ".env"}


def is_ignored(name: str) -> bool:
    """Return whether a submission is taken without the file or folder of this name: tools made it, or it holds keys."""
    name = name.casefold()
    return name in _IGNORED or name.startswith(".env.") or name.endswith(".pyc")


def is_hidden_or_ignored(name: str) -> bool:
    """Return whether no source file is looked for under this name."""
    return name.startswith(".") or is_ignored(name)


def is_left_behind(name: str) -> bool:
    """Return whether no student can have this name in a download of a class. A student may be called `env`."""
    return name.startswith(".") or name.casefold() in _CACHES | _DESKTOPS
