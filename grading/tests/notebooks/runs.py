"""Run notebooks as a learner does with "Run all", offline: in a kernel whose every contact is watched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_core.utils import ensure_event_loop
from nbclient import NotebookClient

from grading import KIT
from grading.checking.check import warm_check
from grading.notebooks.build import NOTEBOOKS

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


# Forget what another notebook made: the provider that it let play, and its names. (IPython's reset takes seconds.)
_FORGET = """
import sys
if stage := sys.modules.get("grading.notebooks.stage"):
    stage._stage.close()
for name in list(globals()):
    if not name.startswith("_") and name not in ("In", "Out", "get_ipython", "exit", "quit", "open"):
        del globals()[name]
"""


@dataclass(frozen=True)
class Learner:
    """Walks through notebooks; the learner's program is in `target`."""

    target: Path
    _contacts: Path
    _client: NotebookClient

    def run(self, path: Path) -> Any:
        """Run all cells of a notebook and return it. Raises CellExecutionError at the first cell that fails."""
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        self._client.reset_execution_trackers()
        forget = nbformat.v4.new_code_cell(_FORGET)  # type: ignore[no-untyped-call]
        first = nbformat.v4.new_notebook(cells=[forget])  # type: ignore[no-untyped-call]
        for part in (first, notebook):
            self._client.nb = part
            for index, cell in enumerate(part.cells):
                self._client.execute_cell(cell, index)
        return notebook

    def contacts(self) -> str:
        """Return whom the kernel, and what it started, wanted to reach beside this computer."""
        return self._contacts.read_text(encoding="utf-8") if self._contacts.exists() else ""


@contextmanager
def watched_learner(scratch: Path) -> Iterator[Learner]:
    """Start a kernel in an environment with keys that must never be seen, without weights, and with the watch.

    The environment is this process's own as well, so that all checks share one warm helper.
    """
    (scratch / "sitecustomize.py").write_text(_WATCH, encoding="utf-8")
    with pytest.MonkeyPatch.context() as environment:
        for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "MY_OTHER_API_KEY"):
            environment.setenv(name, f"sk-{PLANTED}")
        for name in ("contacts", "cache", "ipython", "target"):
            variable = {"ipython": "IPYTHONDIR"}.get(name, f"KIT_{name.upper()}")
            environment.setenv(variable, str(scratch / name))
        # This checkout's own modules, wherever the environment's kit is.
        environment.setenv("PYTHONPATH", os.pathsep.join((str(scratch), str(KIT))))
        environment.setenv("JUPYTER_PREFER_ENV_PATH", "1")
        warm_check(KIT / "solution", step=5)
        client = NotebookClient(
            nbformat.v4.new_notebook(),  # type: ignore[no-untyped-call]
            kernel_name="python3",
            timeout=120,
            coalesce_streams=True,  # a kernel sends what was printed in pieces, cut anywhere
            resources={"metadata": {"path": str(NOTEBOOKS)}},
        )
        try:
            with client.setup_kernel(env=dict(os.environ)):
                yield Learner(scratch / "target", scratch / "contacts", client)
        finally:
            # nbclient's synchronous face made this loop, and leaves it open: a warning, which is an error here.
            ensure_event_loop().close()


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
