"""The students' hand-out and the notes on the solution agree with the kit that they describe."""

from __future__ import annotations

import json
import re
import shlex
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest
import typer

from grading import GALLERY, KIT
from grading.commands import cli
from grading.laptop.model.weather import ABOUT, Forecast
from grading.maintain.rubric import BLOCKS, fill
from grading.provider.provider import Provider
from grading.results.steps import STEPS

HANDOUT = (KIT / "starter" / "README.md").read_text(encoding="utf-8")
PAGES = [KIT / "starter" / "README.md", KIT / "solution" / "NOTES.md"]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_WRONG_NAME = re.compile(r"lite[-_ ]llm|load_model", re.IGNORECASE)

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def commands(start: str) -> list[str]:
    """Return what the hand-out tells students to type that begins with `start`."""
    lines = [line for _, block in _FENCE.findall(HANDOUT) for line in block.splitlines()]
    return [text for text in lines + re.findall(r"`([^`\n]+)`", HANDOUT) if text.startswith(start)]


def headings(text: str) -> list[tuple[int, str]]:
    """Return level and text of the headings; comments in code are none."""
    return [(len(signs), title) for signs, title in _HEADING.findall(_FENCE.sub("", text))]


@pytest.mark.parametrize("file", BLOCKS)
def test_generated_tables_are_up_to_date(file: str) -> None:
    name, table = BLOCKS[file]
    text = (KIT / file).read_text(encoding="utf-8")
    assert fill(text, name, table()) == text, f"write {file} anew: python -m grading.maintain.rubric"


def test_the_handout_has_the_rubric() -> None:
    assert fill(HANDOUT, "rubric", "other") != HANDOUT


def test_a_table_goes_between_its_markers_only() -> None:
    text = "a <!-- steps --> old <!-- /steps --> b"
    assert fill(text, "steps", "new") == "a <!-- steps -->\n\nnew\n\n<!-- /steps --> b"
    assert fill(text, "rubric", "new") == text


@pages
def test_headings_are_in_order(page: Path) -> None:
    levels = [level for level, _ in headings(page.read_text(encoding="utf-8"))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_sections_are_numbered_in_order() -> None:
    numbers = [int(title.partition(".")[0]) for level, title in headings(HANDOUT) if level == 2]
    assert numbers == list(range(1, len(numbers) + 1))
    assert {int(number) for number in re.findall(r"\bsection (\d+)", HANDOUT)} <= set(numbers)


def test_every_step_has_its_section() -> None:
    titles = [title for _, title in headings(HANDOUT) if title.startswith("Step ")]
    assert titles == [f"Step {step.number}: {step.title}" for step in STEPS]


@pages
def test_relative_links_exist(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    files = [link.partition("#")[0] for link in links if not link.startswith("https://")]
    assert files
    assert [file for file in files if not (page.parent / file).exists()] == []


def test_python_blocks_compile() -> None:
    blocks = [block for language, block in _FENCE.findall(HANDOUT) if language == "python"]
    assert blocks
    for block in blocks:
        compile(block, "starter/README.md", "exec")


def test_grade_commands_exist() -> None:
    group = typer.main.get_command(cli)
    lines = commands("grade ")
    for line in lines:
        _, name, *arguments = shlex.split(line)
        # Parses the arguments and does not run the command: a wrong one raises.
        group.commands[name].make_context(name, arguments)  # type: ignore[attr-defined]
    found = {line.split()[1] for line in lines}
    assert found == {"check", "hint", "notebooks", "run", "serve", "submit", "test", "weather"}


def test_modules_that_are_run_exist() -> None:
    modules = re.findall(r"-m (grading[.\w]*)", HANDOUT)
    assert modules
    for module in modules:
        assert find_spec(f"{module}.__main__"), module


def test_bodies_sent_by_curl_are_json() -> None:
    lines = commands("curl ")
    assert len(lines) == 3
    for line in lines:
        words = shlex.split(line)
        body = json.loads(words[words.index("-d") + 1])
        if any(word.endswith("/weather") for word in words):
            Forecast.model_validate(body)
        else:
            assert list(body) == ["message"]


def test_all_weather_is_listed() -> None:
    _, _, section = HANDOUT.partition("### Make the model fail")
    rows = re.findall(r"^\| `(\w+)` \|", section.partition("\n## ")[0], re.MULTILINE)
    assert sorted(rows) == sorted(ABOUT)


def test_what_provider_is_said_to_do_exists() -> None:
    names = set(re.findall(r"\bprovider\.(\w+)", HANDOUT))
    assert names
    assert [name for name in names if not hasattr(Provider(), name)] == []


def test_models_and_keys_are_those_of_the_example_file() -> None:
    example = (KIT / ".env.example").read_text(encoding="utf-8")
    _, _, section = HANDOUT.partition("## 8. Another model")
    names = re.findall(r"`(\w+/[\w.-]+|[A-Z]+_API_KEY)`", section.partition("\n## ")[0])
    assert names
    assert [name for name in names if name not in example] == []


def test_litellm_is_the_version_that_the_kit_pins() -> None:
    pinned = re.findall(r'"litellm\S*==([\d.]+)', (KIT / "pyproject.toml").read_text(encoding="utf-8"))
    assert re.findall(r"litellm==([\d.]+)", HANDOUT) == pinned


def test_wrong_names_stand_only_where_they_are_explained() -> None:
    before, title, explained = HANDOUT.partition("Where the original text was wrong")
    assert title
    assert not _WRONG_NAME.search(before)
    assert _WRONG_NAME.search(explained)
    assert not _WRONG_NAME.search(PAGES[1].read_text(encoding="utf-8"))


def flask_beside_fastapi() -> str:
    text = PAGES[1].read_text(encoding="utf-8")
    return text.partition("\n## The same with Flask\n")[2].partition("\n## ")[0]


def test_the_notes_show_lines_of_both_programs() -> None:
    programs = [KIT / "solution" / "main.py", GALLERY / "correct" / "flask_wsgi" / "main.py"]
    rows = [row.strip("| ").split(" | ")[1:] for row in flask_beside_fastapi().splitlines() if row.startswith("| ")][2:]
    assert len(rows) > 5
    for program, cells in zip(programs, zip(*rows, strict=True), strict=True):
        source = program.read_text(encoding="utf-8")
        shown = [code for cell in cells for code in re.findall(r"`([^`]*[(=].*?)`", cell)]
        assert len(shown) > 5
        assert [code for code in shown if code.replace("…)", "") not in source] == []


def test_the_notes_show_flask_as_it_is_in_the_gallery() -> None:
    [shown] = re.findall(r"```python\n(.*?)```", flask_beside_fastapi(), re.DOTALL)
    assert shown in (GALLERY / "correct" / "flask_wsgi" / "main.py").read_text(encoding="utf-8")
