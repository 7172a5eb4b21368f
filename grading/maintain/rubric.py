"""The tables that are made from the step table: the rubric for students, the steps for the README.

Each stands between two markers, `<!-- rubric -->` and `<!-- /rubric -->` (or `steps`).
`python -m grading.maintain.rubric` writes them anew; a test compares them.
"""

from __future__ import annotations

from grading import KIT
from grading.results.steps import MAX_BONUS, MAX_SCORE, STEPS, Step

_JUDGED = {
    "suite": "the kit's tests",
    "hands-on": "the kit's tests, no marks",
    "own-tests": "what your own tests catch",
    "bonus": "the kit's tests",
}


def rubric() -> str:
    """Return the rubric: what each step is about, its marks and who judges it, and the sum."""
    rows = [f"{_row(step)} | {_JUDGED[step.judged]} |" for step in STEPS]
    heading = "| step | what it is about | marks | judged by |\n| ---: | --- | ---: | --- |"
    return "\n".join([heading, *rows, f"| | **all steps** | **{MAX_SCORE}, +{MAX_BONUS} bonus** | |"])


def steps() -> str:
    """Return the table of steps, with links that work in the kit's top folder."""
    links = [f"[step {step.number}]({step.tests})" if step.tests else "your own" for step in STEPS]
    rows = [f"{_row(step)} | {link} |" for step, link in zip(STEPS, links, strict=True)]
    return "\n".join(["| step | what it is about | marks | tests |\n| ---: | --- | ---: | --- |", *rows])


def fill(text: str, name: str, table: str) -> str:
    """Return `text` with `table` between the markers called `name`; unchanged if it has no such markers."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = text.partition(start)
    _, closed, after = rest.partition(end)
    return f"{before}{start}\n\n{table}\n\n{end}{after}" if found and closed else text


def _row(step: Step) -> str:
    about = f"**{step.title}.** {step.objective}".replace("|", r"\|").replace("<", r"\<")
    return f"| {step.number} | {about} | {'+' if step.judged == 'bonus' else ''}{step.marks}"


BLOCKS = {"starter/README.md": ("rubric", rubric), "README.md": ("steps", steps)}
"""File -> the name of its markers, and what makes the table between them."""

if __name__ == "__main__":
    for file, (name, table) in BLOCKS.items():
        old = (KIT / file).read_text(encoding="utf-8")
        new = fill(old, name, table())
        (KIT / file).write_text(new, encoding="utf-8", newline="\n")
        print(f"{file}: {'the table is new' if new != old else 'nothing to do'}")
