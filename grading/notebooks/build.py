"""Build the notebooks from their texts: notebooks/text/NAME.md -> notebooks/NAME.ipynb, never back.

The texts are MyST Markdown, which jupytext reads (jupytext.readthedocs.io, "MyST Markdown"). What is built has no
outputs, no trace of the tool and the same bytes everywhere, so a change of a text is a small change of a notebook.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jupytext  # type: ignore[import-untyped]
import nbformat

from grading import KIT
from grading.notebooks.lint import problems
from grading.notebooks.predict import with_cells

NOTEBOOKS = KIT / "notebooks"
TEXTS = NOTEBOOKS / "text"
# JupyterLab and VS Code both find the environment's own kernel by this name.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def build(text: str, name: str) -> Any:
    """Return the notebook (a nbformat.NotebookNode) of a text; `name` makes the cells' ids. Raises for bad MyST."""
    notebook = jupytext.reads(with_cells(text, name), fmt="md:myst")
    notebook.metadata = nbformat.from_dict(METADATA)  # type: ignore[no-untyped-call]
    notebook.nbformat_minor = 5  # the first with cell ids
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{name[:2]}-{number:02}"
    nbformat.validate(notebook)
    return notebook


def built_files() -> dict[Path, str]:
    """Return what must stand in notebooks/: each path with its text, made from the texts in their order."""
    files = {}
    for path in sorted(TEXTS.glob("*.md")):
        notebook = build(path.read_text(encoding="utf-8"), path.stem)
        files[NOTEBOOKS / f"{path.stem}.ipynb"] = nbformat.writes(notebook) + "\n"  # type: ignore[no-untyped-call]
    return files


def main() -> int:
    """Write the notebooks anew, and say what the linter finds. Returns 1 if it found something, else 0."""
    built = built_files()
    for path, text in built.items():
        path.write_text(text, encoding="utf-8", newline="\n")
        print(f"wrote {path.relative_to(KIT).as_posix()}")
    found = [problem for path in built for problem in problems(path)]
    print("\n".join(found))
    return 1 if found else 0
