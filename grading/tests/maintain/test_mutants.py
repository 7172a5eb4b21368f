"""The explanations of `python -m grading.maintain.mutation`, which CI does not run, are about the solution of today."""

from __future__ import annotations

import tomllib

from grading import KIT


def test_each_explained_line_stands_in_the_solution() -> None:
    lines = {line.strip() for line in (KIT / "solution" / "main.py").read_text(encoding="utf-8").splitlines()}
    groups = tomllib.loads((KIT / "solution" / "mutants.toml").read_text(encoding="utf-8"))["equivalent"]
    explained = {line for group in groups for _, _, line in group["mutants"]}
    assert explained
    assert explained - lines == set()
