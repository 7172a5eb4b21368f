"""What a student's own tests may not do, because it cannot work where they are judged: said there and at home alike.

There the tests run beside none of the programs, on programs of other people.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from grading.results.assignment import ASSIGNMENT
from grading.text import shown

if TYPE_CHECKING:
    import pytest

_BY_NAME = ("patch", "setattr", "delattr", "import_module", "importorskip", "__import__")
"""Functions whose first argument names a module in a text."""
_MOST = 100_000
"""Bytes. Parsing takes a thousand times as much memory, in a process that others need."""
_LONGEST = 160  # characters of a line
_PROGRAM = ASSIGNMENT.program.removesuffix(".py")
NO_FIXTURE = (
    "there is no fixture '{}' where your tests are judged: only those of the file, of the kit, pytest and anyio"
)
_HAVE_FIXTURES = ("_pytest", "anyio", "grading")


def refusal(source: str | bytes) -> tuple[str, str] | None:
    """Return what is wrong with the text of a test file, which Python can read, and what is expected; or None."""
    if len(source) > _MOST:
        return f"{ASSIGNMENT.own_tests} has more than {_MOST // 1000} kB", "tests only: write long texts as 'a' * 4_000"
    try:
        tree = ast.parse(source)
    except RecursionError:  # what compiles may still be too deep for a tree, and how deep depends on who calls
        return f"{ASSIGNMENT.own_tests} is nested too deeply to be read", "tests in shorter statements"
    for node in ast.walk(tree):
        for package, does in _reaches(node):
            instead = ASSIGNMENT.forbidden_in_own_tests.get(package)
            if instead is None:
                continue
            change = _lines_to_change(tree) if package == _PROGRAM else ""
            line = getattr(node, "lineno", 1)
            return f"{ASSIGNMENT.own_tests} {does} (line {line})", instead + change
    return None


def _reaches(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the top-level packages that a node imports, names, or needs a fixture of; and how to say it."""
    match node:
        case ast.Import(names=names):
            yield from ((top(name.name), f"imports {top(name.name)}") for name in names)
        case ast.ImportFrom(module=str(module), level=0):
            yield top(module), f"imports {top(module)}"
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called), args=[ast.Constant(value=str(text)), *_]):
            if called in _BY_NAME:
                yield top(text), f"reaches for {top(text)} by its name"
        case ast.arg(arg=name) if name.endswith("_mock"):
            yield name.removesuffix("_mock"), f"takes the parameter {name}"


def foreign_fixture(item: pytest.Item) -> str | None:
    """Return a fixture that a test needs and that comes from a plugin or a conftest.py which only this computer has."""
    info = getattr(item, "_fixtureinfo", None)  # pytest has no public name for it
    if info is None:
        return None
    needed = list(info.argnames)
    while needed:
        name = needed.pop()
        for found in info.name2fixturedefs.get(name, ())[-1:]:
            if getattr(getattr(found.func, "__code__", None), "co_filename", "") == str(item.path):
                needed += found.argnames
            elif top(found.func.__module__) not in _HAVE_FIXTURES:
                return str(name)
    return None


def top(module: str) -> str:
    """Return the package that a module is in."""
    return module.partition(".")[0]


def _lines_to_change(tree: ast.Module) -> str:
    """Say which lines go and which one changes, where tests make a client of the program that they import."""
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom) and _is_program(node)]
    names = {alias.asname or alias.name for node in imports for alias in node.names}
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test")]
    goes = [node for node in tree.body if node in imports or (node not in tests and _mentions(node, names))]
    places = [_place(node) for node in goes]
    test = next((test for test in tests if all(given.arg != "client" for given in test.args.args)), None)
    if not imports or test is None:
        return ""
    before = ", ".join(given.arg for given in test.args.args)
    after = f"{before}, client" if before else "client"
    return (
        f". Delete {' and '.join(places)}; and in line {test.lineno} write `def {test.name}({after}):` instead of "
        f"`def {test.name}({before}):`, and so in each test"
    )


def _place(node: ast.stmt) -> str:
    """Return the line of a statement and its code, which is left out where that is nested too deeply to be written."""
    try:
        return f"line {node.lineno}, `{shown(ast.unparse(node).splitlines()[0], _LONGEST)}`"
    except RecursionError:
        return f"line {node.lineno}"


def _is_program(node: ast.Import | ast.ImportFrom) -> bool:
    return any(package == _PROGRAM for package, _ in _reaches(node))


def _mentions(node: ast.AST, names: set[str]) -> bool:
    return any(isinstance(each, ast.Name) and each.id in names for each in ast.walk(node))
