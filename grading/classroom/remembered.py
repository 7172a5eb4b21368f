"""Remember the options of a class in class.toml, in its folder, so that the same short line goes on next week."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grading.atomic_file import write_file
from grading.classroom.entry import ClassError

NAME = "class.toml"
_TYPES: dict[str, type | tuple[type, ...]] = {
    "layout": str,
    "roster": str,
    "due": str,
    "grace": str,
    "late_percent": (int, float),
    "late_cap": (int, float),
    "times": str,
    "extensions": str,
    "extra_tests": str,
    "show_hidden": bool,
}
_FILES = ("roster", "times", "extensions", "extra_tests")
_HEAD = (
    "# What `grade class` was told about this class. It goes on with this, unless its options say otherwise.\n"
    "# To forget something, remove its line.\n"
)


def with_remembered(out: Path, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the options, completed by class.toml, and which ones came from there, as they are typed.

    given: name -> value, None if it was not given. Raises ClassError if the file can't be read, or OSError.
    """
    known = _read(out / NAME)
    options: dict[str, Any] = {name: known.get(name) if value is None else value for name, value in given.items()}
    for name in _FILES:
        if options.get(name) is not None:
            options[name] = Path(options[name])
            if given[name] is None and not options[name].exists():
                gone = f"{out / NAME}: there is no {options[name]} any more"
                raise ClassError(f"{gone}. Give {_typed(name)} with its new place, or remove the line.")
    return options, [_typed(name) for name in given if given[name] is None and name in known]


def remember(out: Path, options: Mapping[str, Any]) -> None:
    """Write class.toml, if something in it changes. Raises OSError."""
    kept = {
        name: str(Path(value).resolve()) if name in _FILES else value
        for name, value in options.items()
        if name in _TYPES and value is not None
    }
    if kept and kept != _read(out / NAME):
        out.mkdir(parents=True, exist_ok=True)
        # A text or number of JSON is one of TOML, too.
        write_file(out / NAME, _HEAD + "".join(f"{name} = {json.dumps(value)}\n" for name, value in kept.items()))


def _read(file: Path) -> dict[str, Any]:
    try:
        known = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ClassError(f"{file} can't be read: {problem}. Repair it, or remove it.") from problem
    for name, value in known.items():
        if not isinstance(value, _TYPES.get(name, ())) or (isinstance(value, bool) and name != "show_hidden"):
            raise ClassError(f"{file}: '{name} = {value}' is none of its settings. They are {', '.join(_TYPES)}.")
    return known


def _typed(name: str) -> str:
    return f"--{name.replace('_', '-')}"
