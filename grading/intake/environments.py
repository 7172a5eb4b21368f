"""Find Python environments by what is in them: students call them myenv, python or by the name of the course."""

from __future__ import annotations

from collections.abc import Iterable

_SIGNS = {"pyvenv.cfg", "conda-meta"}
"""Of venv and virtualenv, and of conda."""
_PARTS = frozenset(
    "bin include lib lib64 scripts share etc man sbin doc pyvenv.cfg conda-meta condabin pkgs ssl dlls libs library tcl"
    " tools compiler_compat shell".split()
)
"""What such a folder holds. A program may lie beside them, where somebody made the environment in the folder itself."""


class Environments:
    """The environments among some files."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """names: of all files and folders, with `/`."""
        split = [[part for part in name.split("/") if part not in ("", ".")] for name in names]
        self._roots = {
            tuple(parts[:depth]) for parts in split for depth, part in enumerate(parts) if part.casefold() in _SIGNS
        }

    def hold(self, parts: list[str]) -> bool:
        """Return whether the file or folder with these names, between slashes, is a part of an environment."""
        return bool(self._roots) and any(
            part.casefold() in _PARTS and tuple(parts[:depth]) in self._roots for depth, part in enumerate(parts)
        )
