"""In webapp/ and judging/ each file says first on whose side of the process boundary it runs, and whom it trusts."""

from __future__ import annotations

import ast
import re

import pytest

from grading import KIT

FILES = [
    path
    for package in ("webapp", "judging")
    for path in sorted((KIT / "grading" / package).rglob("*.py"))
    if "__pycache__" not in path.parts
]
SIDE = re.compile(
    r"Judge's side\. (Trusts nothing that it receives: |[A-Z])"
    r"|Program's side\. (Nothing here is trusted: |[A-Z])"
    r"|Both sides\. [A-Z]"
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_says_whose_side_it_is(path: object) -> None:
    first = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").splitlines()[0]  # type: ignore[attr-defined]
    assert SIDE.match(first), first


def test_the_programs_process_imports_nothing_of_the_judges_side() -> None:
    """But for the client and what it names, which in-process mode shares."""
    judges = {path.stem for path in FILES if path.read_text(encoding="utf-8").startswith('"""Judge')} - {"client"}
    for path in FILES:
        if path.parent.name == "webapp" and path.read_text(encoding="utf-8").startswith('"""Program'):
            imported = {
                name
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.ImportFrom) and str(node.module).startswith("grading.webapp")
                for name in (str(node.module).rpartition(".")[2], *(alias.name for alias in node.names))
            }
            assert not imported & judges, path
