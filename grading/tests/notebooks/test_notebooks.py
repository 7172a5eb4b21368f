"""The notebooks as files: built from texts, named as in the step table, easy to read."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager

from grading import KIT
from grading.notebook import predict
from grading.notebooks.build import NOTEBOOKS, TEXTS, build, built_files
from grading.notebooks.copies import NAME
from grading.notebooks.lab import FIRST, SETTINGS, lab_command
from grading.notebooks.lint import problems
from grading.results.steps import STEPS
from grading.tests.notebooks.files import ALL, read

notebooks = pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)

IN_WORDS = "<details>\n<summary>The picture in words</summary>\n\nA ruler with three parts.\n\n</details>"


@notebooks
def test_all_end_with_the_same_headings(path: Path) -> None:
    headings = [line for cell in read(path).cells for line in cell.source.splitlines() if line.startswith("## ")]
    assert headings[-2:] == ["## If you are stuck", "## Recap"] or path.name == Path(FIRST).name


def test_the_notebooks_are_those_of_their_texts() -> None:
    built = built_files()
    assert sorted(built) == ALL
    differing = [path.name for path, text in built.items() if path.read_text(encoding="utf-8") != text]
    assert differing == [], "write them anew: python -m grading.notebooks"


def test_there_is_one_notebook_for_each_step_and_one_to_start() -> None:
    assert [path.relative_to(KIT).as_posix() for path in ALL] == [
        FIRST.replace(NAME, NOTEBOOKS.name),
        *(step.notebook for step in STEPS),
    ]
    assert sorted(path.stem for path in TEXTS.iterdir()) == [path.stem for path in ALL]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: str(step.number))
def test_a_step_has_the_same_title_parts_and_todo_as_in_the_table(step: Any) -> None:
    cells = read(KIT / step.notebook).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    assert text.startswith(f"# Step {step.number}: {step.title}\n")
    for part in ("**The goal:**", "](pictures/", "**Predict first.**", "## Your turn", "## Recap"):
        assert part in text, part
    assert f"check({step.number})" in code
    assert f"hint({step.number})" in code
    assert f"# give_up({step.number})\nshow_answer({step.number})" in code
    assert set(re.findall(r"TODO (\d+)", text)) == ({str(step.number)} if step.todo else set())


def test_the_first_notebook_leads_to_all_others_by_their_titles() -> None:
    text = (TEXTS / "00_start_here.md").read_text(encoding="utf-8")
    for step in STEPS:
        assert f"{step.number}. [{step.title}]({Path(step.notebook).name})" in text


@notebooks
def test_the_linter_has_nothing_to_say(path: Path) -> None:
    assert problems(path) == []


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("# Another title", "2 first-level headings"),
        ("#### Too deep", "a level of headings is left out"),
        (f"![](pictures/07_the_limit.svg)\n\n{IN_WORDS}", "without a short alternative text"),
        (f"![{'A ruler ' * 16}](pictures/07_the_limit.svg)\n\n{IN_WORDS}", "without a short alternative text"),
        ("![A ruler from nothing to too long](pictures/07_the_limit.svg)", "without its description in words"),
        ('<img src="pictures/07_the_limit.svg">', "as <img>"),
        ("Read [the page](no_such.md).", "a dead link to no_such.md"),
        ("Look [here](../README.md).", "'here', which does not say"),
        ("Everything green is right.", "a colour: 'green'"),
        ("a" * 2_000, "2000 characters"),
        ("```{code-cell}\n" + "x = 1\n" * 40 + "```", "40 lines"),
        ("```{code-cell}\nx = '" + "a" * 100 + "'\n```", "more than 100 characters"),
        ("```{code-cell}\nopen('/home/ada/kit/main.py')\n```", "a path of one computer"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
def test_the_linter_finds(cell: str, found: str, tmp_path: Path) -> None:
    for folder in ("notebooks/pictures", "notebooks/text"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(NOTEBOOKS / "pictures" / "07_the_limit.svg", tmp_path / "notebooks" / "pictures")
    (tmp_path / "README.md").touch()
    sound = f"# A title\n\n![A ruler from nothing to too long](pictures/07_the_limit.svg)\n\n{IN_WORDS}\n"
    path = tmp_path / "notebooks" / "07.ipynb"
    for text, expected in ((sound, []), (f"{sound}\n+++\n\n{cell}\n", [found])):
        nbformat.write(build(text, "07"), path)  # type: ignore[no-untyped-call]
        told = problems(path)
        assert len(told) == len(expected)
        assert all(part in line for part, line in zip(expected, told, strict=True))


def test_the_linter_finds_stored_output(tmp_path: Path) -> None:
    notebook = read(ALL[0])
    code = next(cell for cell in notebook.cells if cell.cell_type == "code")
    code.execution_count = 1
    nbformat.write(notebook, tmp_path / "00.ipynb")  # type: ignore[no-untyped-call]
    assert any("stored output" in problem for problem in problems(tmp_path / "00.ipynb"))


@pytest.mark.parametrize("path", sorted((NOTEBOOKS / "pictures").iterdir()), ids=lambda path: path.name)
def test_a_picture_brings_its_own_background_and_is_used(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert '<rect class="card" x="0.5" y="0.5"' in source, "without it, text is lost in a dark theme"
    assert "<title>" in source
    assert "http" not in source.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert sum(f"pictures/{path.name}" in text.read_text(encoding="utf-8") for text in TEXTS.iterdir()) == 1


def test_litellm_is_the_version_that_the_kit_pins() -> None:
    pinned = re.findall(r'"litellm\S*==([\d.]+)', (KIT / "pyproject.toml").read_text(encoding="utf-8"))
    texts = "".join(path.read_text(encoding="utf-8") for path in TEXTS.iterdir())
    assert set(re.findall(r"litellm==([\d.]+)", texts)) == set(pinned)


def test_the_kernel_is_the_one_of_this_environment() -> None:
    names = {read(path).metadata.kernelspec.name for path in ALL}
    assert names == {"python3"}
    spec = KernelSpecManager().get_kernel_spec("python3")
    assert spec.argv[0] in (sys.executable, "python")  # Jupyter puts its own Python in the place of "python"
    assert lab_command(browser=False)[0] == sys.executable
    assert lab_command(browser=False)[-1].endswith(f"/lab/tree/{FIRST}")


def test_codespaces_set_the_kit_up_as_the_readme_says() -> None:
    container = json.loads((KIT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert f"\n{container['postCreateCommand']} " in (KIT / "README.md").read_text(encoding="utf-8")
    opened = container["customizations"]["codespaces"]["openFiles"]
    assert all((KIT / name).is_file() for name in opened)


@notebooks
def test_every_question_has_a_cell_for_a_prediction_and_its_answer(path: Path) -> None:
    sources = [cell.source for cell in read(path).cells]
    asked = sum(source.count("**Predict first.**") for source in sources)
    calls = [found for source in sources for found in re.findall(r'predict\("([\d-]+)", ""\)', source)]
    assert len(calls) >= 1
    assert not any("<summary>Answer</summary>" in source for source in sources)
    assert asked == len(calls) or path.name == Path(FIRST).name
    assert all("**Answer:** " in predict(which, "x").text for which in calls)


def test_the_lab_asks_nothing_about_news_and_says_little() -> None:
    overrides = json.loads((SETTINGS / "overrides.json").read_text(encoding="utf-8"))
    assert overrides["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
    command = lab_command(browser=False)
    assert f"--LabApp.app_settings_dir={SETTINGS}" in command
    assert "--KernelManager.transport_encryption=auto" in command
