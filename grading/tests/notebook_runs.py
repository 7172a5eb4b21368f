"""Run notebooks as a learner does with "Run all", offline: in kernels whose every contact is watched."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_core.utils import ensure_event_loop
from nbclient import NotebookClient

from grading import KIT
from grading.notebooks.build import NOTEBOOKS
from grading.warm import warm_check

ALL = sorted(NOTEBOOKS.glob("*.ipynb"))
PLANTED = "planted-0f1e2d3c"
"""Stands in each key of the kernels' environment, and in a .env file beside the notebooks' program."""

# Python imports it at its start. It sees what any library does, before and below respx.
_WATCH = """
import os, sys

def watch(event, arguments):
    if event == "socket.connect":
        address = arguments[1]
    elif event == "socket.getaddrinfo":
        address = arguments
    else:
        return
    if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", b"127.0.0.1", "localhost", None):
        with open(os.environ["KIT_CONTACTS"], "a") as file:
            print(address[0], file=file)

sys.addaudithook(watch)
"""


@contextmanager
def watched_kernels(scratch: Path) -> Iterator[Kernels]:
    """Prepare an environment for kernels: keys that must never be seen, no weights, and the watch.

    It is this process's own as well, so that all kernels share one warm helper for their checks.
    """
    (scratch / "sitecustomize.py").write_text(_WATCH, encoding="utf-8")
    with pytest.MonkeyPatch.context() as environment:
        for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "MY_OTHER_API_KEY"):
            environment.setenv(name, f"sk-{PLANTED}")
        for name in ("contacts", "cache", "ipython", "target"):
            variable = {"ipython": "IPYTHONDIR"}.get(name, f"KIT_{name.upper()}")
            environment.setenv(variable, str(scratch / name))
        environment.setenv("PYTHONPATH", str(scratch))
        environment.setenv("JUPYTER_PREFER_ENV_PATH", "1")
        warm_check(KIT / "solution", step=5)
        try:
            yield Kernels(scratch / "target", scratch / "contacts")
        finally:
            # nbclient's synchronous face made this loop, and leaves it open: a warning, which is an error here.
            ensure_event_loop().close()


@dataclass(frozen=True)
class Kernels:
    """Starts kernels for a learner whose program is in `target`."""

    target: Path
    _contacts: Path

    @contextmanager
    def kernel(self) -> Iterator[Callable[[Path], Any]]:
        """Start a kernel; yields what runs all cells of a notebook in it and returns the notebook.

        That raises CellExecutionError at the first cell that fails.
        """
        client = NotebookClient(
            nbformat.v4.new_notebook(),  # type: ignore[no-untyped-call]
            kernel_name="python3",
            timeout=120,
            resources={"metadata": {"path": str(NOTEBOOKS)}},
        )

        def run(path: Path) -> Any:
            client.nb = notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
            client.reset_execution_trackers()
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
            return notebook

        with client.setup_kernel(env=dict(os.environ)):
            yield run

    def contacts(self) -> str:
        """Return whom the kernels, and what they started, wanted to reach beside this computer."""
        return self._contacts.read_text(encoding="utf-8") if self._contacts.exists() else ""


def text_of(notebook: Any) -> str:
    """Return all that the cells put out, in every format."""
    return "\n".join(
        str(output.get("text") or output.get("data") or output)
        for cell in notebook.cells
        for output in cell.get("outputs", ())
    )


def verdicts(notebook: Any) -> list[str]:
    """Return the first line, as plain text, of each check cell's panel."""
    return [
        cell.outputs[-1].data["text/plain"].splitlines()[0]
        for cell in notebook.cells
        if "check" in cell.metadata.get("tags", ())
    ]
