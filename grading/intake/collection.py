"""Check the names in a submission, and cap its contents while they are read."""

from __future__ import annotations

import os
import re
from typing import IO, Literal

from grading.intake.environments import Environments
from grading.intake.ignored import is_ignored
from grading.text import composed, shown

Reason = Literal[
    "not_found",  # nothing at that path
    "no_permission",
    "unreadable",  # any other error of the operating system
    "bad_archive",  # neither a folder, a .py file nor a zip; or a broken, locked or exotic zip
    "unsafe_archive",  # a name or a kind of file that is never accepted, in a zip or in a folder
    "too_large",  # one of the caps below
    "no_main",
    "several_main",
    "not_utf8",
    "not_text",  # NUL bytes
    "syntax_error",
    "too_complex",  # Python gave up on compiling main.py
    "copy_failed",  # the private copy could not be written
]

# A submission is a few source files of some kilobytes. The caps are far above that, and low enough to do no harm.
MAX_TOTAL = 20_000_000  # bytes: all of it is briefly held in memory
MAX_FILE = 5_000_000  # bytes: a data file or a picture, not a model
MAX_FILES = 500  # files and folders
MAX_DEPTH = 8  # names between slashes
MAX_PATH = 200  # characters: Windows allows 260, including the path of the temporary folder

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{port}{n}" for port in ("com", "lpt") for n in "123456789¹²³"]
)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class SubmissionError(Exception):
    """A submission that can't be graded: `str(error)` is for people, `reason` is a stable code."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        """sentence: what happened, where, and what to do; one or a few short sentences."""
        super().__init__(sentence)
        self.reason: Reason = reason


def open_unlinked(path: str, flags: int) -> int:
    """Open a file for `open(…, opener=…)` without following a link or blocking on a pipe. Raises OSError."""
    return os.open(path, flags | int(getattr(os, "O_NOFOLLOW", 0)) | int(getattr(os, "O_NONBLOCK", 0)))


class Collection:
    """The files accepted so far, by relative name with `/`; the caps apply to all of them together."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.environments = Environments()
        """Those among the files: what is in them is ignored."""
        self._total = 0
        self._entries = 0
        self._places: dict[str, tuple[str, bool]] = {}

    def admit(self, name: str, *, folder: bool) -> str | None:
        """Normalize an entry's name. Returns None if the entry is ignored.

        Raises SubmissionError if the name is unsafe, too deep or clashes with another one, or if there are too many.
        """
        parts = [part for part in name.split("/") if part not in ("", ".")]
        fault = _fault(name, parts)
        if fault is None:
            inside = any(map(is_ignored, parts[:-1])) or self.environments.hold(parts)
            if not parts or inside or is_ignored(parts[-1]):
                if not inside:  # listing a folder of 60,000 compiled files takes seconds
                    self._count()
                return None
            if any(part.split(".")[0].rstrip().casefold() in _DEVICES for part in parts):
                fault = "Windows keeps that name for a device. Rename or remove it"
        if fault is not None:
            raise SubmissionError("unsafe_archive", f"The name '{shown(name)}' can't be used. {fault}.")
        if len(parts) > MAX_DEPTH or len(name) > MAX_PATH:
            told = f"At most {MAX_DEPTH} levels and {MAX_PATH} characters are taken. Send only your program."
            raise SubmissionError("too_large", f"The name '{shown(name)}' is too deep or too long. {told}")
        self._count()
        self._occupy(parts, folder)
        return "/".join(parts)

    def _count(self) -> None:
        self._entries += 1
        if self._entries > MAX_FILES:
            told = "Send only your program, without the environment and data that tools made."
            raise SubmissionError("too_large", f"There are more than {MAX_FILES} files and folders. {told}")

    def _occupy(self, parts: list[str], folder: bool) -> None:
        """Reject two names that are the same file on a system that ignores case or encodes é differently."""
        place = ""
        for depth, part in enumerate(parts, start=1):
            place += "/" + composed(composed(part.rstrip(". ")).casefold())
            here = ("/".join(parts[:depth]), folder or depth < len(parts))
            first = self._places.setdefault(place, here)
            if first is not here and not (first == here and here[1]):
                told = "land in the same place on some computers. Keep one, or rename it."
                raise SubmissionError("unsafe_archive", f"'{shown(first[0])}' and '{shown(here[0])}' {told}")

    def take(self, name: str, stream: IO[bytes]) -> None:
        """Read an admitted file, never beyond the caps, whatever size its header claims. Raises SubmissionError."""
        content = stream.read(MAX_FILE + 1)
        self._total += len(content)
        if len(content) > MAX_FILE:
            told = f"'{shown(name)}' is larger than {MAX_FILE // 10**6} MB"
        elif self._total > MAX_TOTAL:
            told = f"The files are larger than {MAX_TOTAL // 10**6} MB together"
        else:
            self.contents[name] = content
            return
        raise SubmissionError("too_large", f"{told}. Send only your program, without models or data.")


def _fault(name: str, parts: list[str]) -> str | None:
    """Return what makes a name unsafe, even inside an ignored folder, or None."""
    if "\\" in name:
        return "It has a backslash. Rename it"
    # "..", and what Windows treats as "..": it drops trailing dots and spaces.
    if name.startswith("/") or any(not part.strip(". ") for part in parts):
        return "It leads out of the folder. Zip the folder itself and send that"
    if ":" in name or _CONTROL.search(name):
        return "It has a colon or an invisible character. Rename or remove it"
    return None
