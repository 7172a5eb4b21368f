"""Read LiteLLM's variable REQUEST_TIMEOUT when the program imports LiteLLM.

LiteLLM itself reads it once, while it is imported. Here that is long before: it is imported once for all programs.
"""

from __future__ import annotations

import builtins
import importlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from unittest import mock

import litellm


@contextmanager
def read_request_timeout() -> Iterator[None]:
    """Within it, a program's first `import litellm` takes over the time-out that the program put into the variable."""
    is_read = False

    def reading(python_import: Callable[..., Any]) -> Callable[..., Any]:
        def import_module(name: str, *args: Any, **options: Any) -> Any:
            nonlocal is_read
            if not is_read and name.partition(".")[0] == "litellm":
                is_read = True
                with suppress(KeyError, ValueError):  # for a text that is no number the real import fails
                    litellm.request_timeout = float(os.environ["REQUEST_TIMEOUT"])
            return python_import(name, *args, **options)

        return import_module

    with (
        mock.patch.object(builtins, "__import__", reading(builtins.__import__)),
        mock.patch.object(importlib, "import_module", reading(importlib.import_module)),
    ):
        yield
