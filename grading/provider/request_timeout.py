"""Read LiteLLM's variable REQUEST_TIMEOUT when the program imports LiteLLM.

LiteLLM itself reads it once, while it is imported. Here that is long before: it is imported once for all programs.
"""

from __future__ import annotations

import builtins
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from unittest import mock

import litellm


@contextmanager
def read_request_timeout() -> Iterator[None]:
    """Within it, a program's first `import litellm` takes over the time-out that the program put into the variable."""
    python_import, is_read = builtins.__import__, False

    def import_module(name: str, *args: Any, **options: Any) -> Any:
        nonlocal is_read
        if not is_read and name.partition(".")[0] == "litellm":
            is_read = True
            with suppress(KeyError, ValueError):  # for a text that is no number the real import fails
                litellm.request_timeout = float(os.environ["REQUEST_TIMEOUT"])
        return python_import(name, *args, **options)

    with mock.patch.object(builtins, "__import__", import_module):
        yield
