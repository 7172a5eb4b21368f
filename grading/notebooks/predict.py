"""Predict first: a cell that takes a learner's answer, and only then shows the right one.

In the texts of the notebooks an answer is folded below its question; `build` makes such a cell of it. The right answers
stay in the texts, where the cell finds them by the notebook's number and their place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from grading import KIT

TEXTS = KIT / "notebooks" / "text"
TAG = "predict"
_FOLDED = re.compile(r"<details>\n<summary>Answer</summary>\n\n(.*?)\n\n</details>", re.DOTALL)


@dataclass(frozen=True)
class Answer:
    """What the cell shows. Jupyter calls `_repr_markdown_` where it shows Markdown, and `repr` elsewhere."""

    text: str

    def _repr_markdown_(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text.replace("**", "")


def with_cells(text: str, name: str) -> str:
    """Return a notebook's text with a cell in the place of each folded answer."""
    number = 0

    def cell(found: re.Match[str]) -> str:
        nonlocal number
        number += 1
        needs = "from grading.notebook import predict\n\n" if number == 1 else ""
        call = f'predict("{name[:2]}-{number}", "")  # write what you expect between the quotes, then run this cell'
        return f"```{{code-cell}}\n:tags: [{TAG}]\n\n{needs}{call}\n```"

    return _FOLDED.sub(cell, text)


def predict(which: str, prediction: str = "") -> Answer:
    """Show the answer `which`, such as "06-2", to whoever has written a prediction."""
    notebook, _, number = which.partition("-")
    texts = sorted(TEXTS.glob(f"{notebook}_*.md")) if notebook.isdigit() else []
    answers = _FOLDED.findall(texts[0].read_text(encoding="utf-8")) if texts else []
    if not number.isdigit() or not 1 <= int(number) <= len(answers):
        return Answer("There is no such question in the notebooks.")
    if not prediction.strip():
        return Answer("First write your own answer between the quotes, then run this cell again. A guess is fine.")
    return Answer(f"**You said:** {prediction.strip()}\n\n**Answer:** {answers[int(number) - 1]}")
