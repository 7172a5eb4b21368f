"""Mutation testing: does the suite notice every small change of the solution?

`python -m grading.maintain.mutation` makes each mutant of solution/main.py, runs the suite on it, and lists survivors.
A survivor must be explained in solution/mutants.toml, and what is explained there must survive: else it exits with 1.

It needs the extra `mutation`: mutmut's operators make most of the mutants. Two operators are our own, because mutmut's
own runner leaves out decorated functions and what stands outside functions, which is most of a FastAPI program.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libcst as cst
from mutmut.mutation.mutators import mutation_operators

from grading import KIT
from grading.judging.grader import Grader

SOLUTION = KIT / "solution" / "main.py"
EXPLAINED = KIT / "solution" / "mutants.toml"
WORKERS = 2


@dataclass(frozen=True)
class Mutant:
    """A program that differs from the solution in one place."""

    operator: str
    line: str
    """The first line that is different, as it stands in the solution, without white space around it."""
    becomes: str
    """What stands there in the mutant."""
    source: str


def without_statement(node: cst.SimpleStatementLine) -> Iterator[cst.SimpleStatementLine]:
    """Leave out a statement; imports and docstrings say nothing about behaviour."""
    statement = node.body[0]
    text = isinstance(statement, cst.Expr) and isinstance(statement.value, cst.SimpleString)
    if not text and not isinstance(statement, (cst.Import, cst.ImportFrom, cst.Pass)):
        yield node.with_changes(body=[cst.Pass()])


def without_decorator(node: cst.FunctionDef) -> Iterator[cst.FunctionDef]:
    """Leave out a decorator."""
    for index in range(len(node.decorators)):
        yield node.with_changes(decorators=[*node.decorators[:index], *node.decorators[index + 1 :]])


OPERATORS: list[tuple[Any, Callable[[Any], Iterable[Any]], str]] = [
    *((kind, operator, operator.__name__.removeprefix("operator_")) for kind, operator in mutation_operators),
    (cst.SimpleStatementLine, without_statement, "statement"),
    (cst.FunctionDef, without_decorator, "decorator"),
]


def mutants(source: str) -> Iterator[Mutant]:
    """Yield every mutant of a program that is a Python program."""
    module: Any = cst.parse_module(source)
    seen = {source}
    for node in _nodes(module):
        for kind, operator, name in OPERATORS:
            for changed in operator(node) if isinstance(node, kind) else ():
                code = module.deep_replace(node, changed).code
                with contextlib.suppress(SyntaxError):
                    compile(code, "main.py", "exec")
                    if code not in seen:
                        seen.add(code)
                        yield Mutant(name, *_difference(source, code), code)


def _nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from _nodes(child)


def _difference(source: str, code: str) -> tuple[str, str]:
    lines = zip(source.splitlines(), code.splitlines(), strict=False)
    return next((old.strip(), new.strip()) for old, new in lines if old != new)


def killed_by(grader: Grader, source: str) -> str:
    """Return the id of the first test that notices the mutant, or "" if none does."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "main.py").write_text(source, encoding="utf-8")
        result = grader.grade(Path(folder))
    return next((test.id for test in result.tests if test.status != "passed"), "" if result.graded else "not graded")


def report(found: Iterable[tuple[Mutant, str]]) -> int:
    """Print the survivors and the sums. Returns the exit code."""
    groups = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))["equivalent"]
    reasons = {(name, line): group["reason"] for group in groups for name, _, line in group["mutants"]}
    left = Counter({(name, line): count for group in groups for name, count, line in group["mutants"]})
    total = unexplained = survive = 0
    for mutant, killer in found:
        total += 1
        if not killer:
            survive += 1
            key = mutant.operator, mutant.line
            left[key] -= 1
            unexplained += left[key] < 0
            reason = reasons[key] if left[key] >= 0 else "UNEXPLAINED"
            print(f"{mutant.operator}: {mutant.line}\n  becomes: {mutant.becomes}\n  {reason}", flush=True)
    stale = [f"{name}, {count} fewer survive: {line}" for (name, line), count in left.items() if count > 0]
    print(*stale, f"{total} mutants: {total - survive} killed, {survive} survive, {unexplained} unexplained.", sep="\n")
    if stale:
        print(f"{EXPLAINED.name} explains mutants that do not survive: take them out.")
    return 1 if unexplained or stale else 0


def main() -> int:
    """Run all mutants of the solution."""
    source = SOLUTION.read_text(encoding="utf-8")
    with Grader(WORKERS, own_tests=False) as grader, ThreadPoolExecutor(WORKERS) as pool:
        if killer := killed_by(grader, source):
            print(f"The solution itself fails {killer}: mend that first.")
            return 1
        made = list(mutants(source))
        killers = pool.map(lambda mutant: killed_by(grader, mutant.source), made)
        return report(zip(made, killers, strict=True))


if __name__ == "__main__":
    sys.exit(main())
