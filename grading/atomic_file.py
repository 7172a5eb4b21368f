"""Write a file whole or not at all: a reader never sees half of it, and a failed write leaves the old one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def write_file(file: Path, content: bytes | str) -> None:
    """Put `content` (text as UTF-8) into `file`, readable for its owner only: it may hold marks. Raises OSError."""
    if file.exists() and not file.is_file():  # /dev/null must not be replaced by a file
        raise OSError(0, "it is not a file")
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
        Path(name).replace(file)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
