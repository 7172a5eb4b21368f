"""The pages for people agree with the kit: links, commands, paths, floors, exit codes, licences, checks."""

from __future__ import annotations

import functools
import re
import shlex
import tomllib
from collections.abc import Callable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml  # type: ignore[import-untyped]
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import grading.commands
from grading import KIT, __version__
from grading.exports.bundle_github import github_bundle
from grading.exports.release import Files, release_files, write_files
from grading.tests.links import FENCE, dead_links, markdown_pages

PROJECT = tomllib.loads((KIT / "pyproject.toml").read_text(encoding="utf-8"))
COMMANDS = typer.main.get_command(grading.commands.cli)
CONTRIBUTING, INSTRUCTORS, README = "CONTRIBUTING.md", "grading/INSTRUCTORS.md", "README.md"
ARCHITECTURE = (KIT / "grading" / "ARCHITECTURE.md").read_text(encoding="utf-8")

_SPAN = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"[\w./-]+(\.(py|md|toml|json|lock|yaml|yml)|/)")


def read(page: str) -> str:
    return (KIT / page).read_text(encoding="utf-8")


def spans(text: str) -> list[str]:
    """Return what stands between backticks, outside blocks of code."""
    return _SPAN.findall(FENCE.sub("", text))


def typed(page: str) -> list[str]:
    """Return the lines of a page's shell commands, with continued lines joined."""
    blocks = [block for language, block in FENCE.findall(read(page)) if language in ("", "bash")]
    return [line.strip() for block in blocks for line in block.replace("\\\n", " ").splitlines()]


def documented(page: str, start: str) -> list[str]:
    """Return the commands of a page that begin with `start`, from its blocks and its sentences."""
    return [text for text in (*typed(page), *spans(read(page))) if text.startswith(start)]


def test_no_link_is_dead() -> None:
    assert dead_links(KIT) == []


def test_a_dead_link_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "# A title\n[b](b.md) [a](#a-title) [c](c.md) [d](#no) `[e](e.md)`\n[w](https://w.org)"
    )
    (tmp_path / "b.md").write_text("[a](a.md#a-title) [x](a.md#x)\n```\n[f](f.md)\n```\n")
    assert dead_links(tmp_path) == ["a.md: c.md", "a.md: #no", "b.md: a.md#x"]


@pytest.mark.parametrize("files", [release_files, github_bundle])
def test_no_link_in_a_students_copy_is_dead(files: Callable[[], Files], tmp_path: Path) -> None:
    write_files(files(), tmp_path)
    pages = {page.relative_to(tmp_path).as_posix() for page in markdown_pages(tmp_path)}
    assert pages >= {README, "starter/README.md", "grading/THREATS.md"}  # grade doctor refers to the last
    assert not pages & {INSTRUCTORS, "grading/ARCHITECTURE.md"}
    assert dead_links(tmp_path) == []


# Commands


def command_of(words: list[str]) -> tuple[Any, list[str]]:
    """Return the command that `words` name, and its arguments."""
    command: Any = COMMANDS
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        command, words = command.commands[words[0]], words[1:]
    return command, words


@pytest.mark.parametrize("page", [README, INSTRUCTORS, CONTRIBUTING])
def test_grade_commands_that_are_to_be_typed_can_be_parsed(page: str) -> None:
    lines = [line for line in typed(page) if line.startswith("grade ")]
    assert lines
    for line in lines:
        command, arguments = command_of(shlex.split(line, comments=True)[1:])
        command.make_context(line, arguments)  # parses, does not run: a wrong argument raises


@pytest.mark.parametrize("page", [README, INSTRUCTORS, CONTRIBUTING, "grading/THREATS.md", "grading/ARCHITECTURE.md"])
def test_grade_commands_in_sentences_have_these_options(page: str) -> None:
    for line in documented(page, "grade "):
        command, words = command_of(shlex.split(line, comments=True)[1:])
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in words if word.startswith("--")} <= known | {"--help"}, line


@pytest.mark.parametrize("page", [CONTRIBUTING, "CHANGELOG.md", "grading/THREATS.md", "grading/gallery/README.md"])
def test_modules_that_are_run_exist(page: str) -> None:
    lines = [line.rpartition(" | `")[2] for line in read(page).splitlines()]  # in the changelog's table, what is new
    modules = [name for line in lines for name in re.findall(r"python3? -m (grading\.[.\w]+)", line)]
    assert modules
    for module in modules:
        spec = find_spec(module)
        assert spec is not None, module
        assert spec.origin is not None, module
        runs = '__name__ == "__main__"' in Path(spec.origin).read_text(encoding="utf-8")
        assert runs or find_spec(f"{module}.__main__"), f"{module} does nothing when it is run"


def test_exit_codes_are_those_of_the_command() -> None:
    documented_codes = re.findall(r"^\| (\d+) \|", read(INSTRUCTORS).partition("## Exit codes")[2], re.MULTILINE)
    assert documented_codes == re.findall(r"^    (\d+) ", str(grading.cli.__doc__), re.MULTILINE)


# The front page, and who contributes


def test_the_front_page_is_short_and_has_three_doors() -> None:
    lines = read(README).splitlines()
    assert len(lines) <= 125
    assert [line for line in lines if line.startswith("## ")] == [
        f"## For {who}s" for who in ("student", "instructor", "contributor")
    ]


def test_the_two_lines_that_ci_runs_stand_alone() -> None:
    lines = [line for line in read(README).splitlines() if line.startswith("python3 -m grading setup")]
    assert [line.rpartition("&& ")[2] for line in lines] == [
        ".venv/bin/grade demo",
        ".venv/bin/pytest -n logical",
    ]
    assert read(CONTRIBUTING).count(f"\n{lines[1]}\n") >= 1


def test_what_is_checked_before_a_commit_is_what_ci_checks() -> None:
    hooks = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    assert [repository["repo"] for repository in hooks] == ["local"]  # else something is downloaded, in another version
    checked = [hook["entry"] for hook in hooks[0]["hooks"]]
    assert checked == [line for line in read(".ci/run").splitlines() if line.startswith(".venv/bin/")]


@functools.cache
def file_names() -> set[str]:
    return {path.name for folder in ("grading", "tests", "solution") for path in (KIT / folder).rglob("*.*")}


def missing(text: str) -> list[str]:
    """Return the paths that a page names and the kit lacks; at least 15 must be named."""
    names = {name for name in _SPAN.findall(FENCE.sub("", text)) if _PATH.fullmatch(name) and "NN" not in name}
    assert len(names) > 15
    there = {name for name in names if (KIT / name).exists() or (KIT / "grading" / name).exists()}
    made = set(read(".gitignore").split())  # by commands, perhaps not yet
    return sorted(names - there - file_names() - made)


def test_what_contributing_names_exists() -> None:
    assert missing(read(CONTRIBUTING)) == []
    tests = [word for line in documented(CONTRIBUTING, "pytest") for word in shlex.split(line) if "/" in word]
    assert tests
    assert [name for name in tests if not (KIT / name).exists()] == []


def test_the_changelog_begins_with_what_is_not_released_and_knows_this_version() -> None:
    versions = re.findall(r"^## \[(.+)\]", read("CHANGELOG.md"), re.MULTILINE)
    assert versions[0] == "Unreleased"
    assert __version__ in versions


# The map


def sections() -> dict[str, str]:
    """Return the parts of "Packages" on the map: heading -> text."""
    parts = re.split(r"^### (.+)\n", ARCHITECTURE.partition("\n## Packages\n")[2], flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_package_and_every_flat_module_has_its_paragraph() -> None:
    grader = KIT / "grading"
    packages = {f"{path.parent.relative_to(grader).as_posix()}/" for path in grader.glob("*/**/__init__.py")}
    expected = {name for name in packages if not name.startswith(("tests/", "gallery/"))}
    expected |= {path.name for path in grader.glob("*.py") if path.name != "__init__.py"}
    described = {name for heading in sections() for name in _SPAN.findall(heading)}
    assert described == expected | {"grading/tests/", "gallery/"}


def test_every_package_has_its_invariant() -> None:
    assert {heading: text.count("**Invariant:** ") for heading, text in sections().items()} == dict.fromkeys(
        sections(), 1
    )


def test_every_path_on_the_map_exists() -> None:
    assert missing(ARCHITECTURE) == []
    assert missing(f"{ARCHITECTURE} `webapp/no_such.py`") == ["webapp/no_such.py"]


def test_constants_on_the_map_exist_where_it_says() -> None:
    named = re.findall(r"`([A-Z_]{4,})` (?:in|of) `([\w/]+\.py)`", ARCHITECTURE)
    assert len(named) >= 2
    for name, file in named:
        assert re.search(rf"^{name}\b", read(f"grading/{file}"), re.MULTILINE), f"{file} has no {name}"


def test_the_floors_are_those_that_are_enforced() -> None:
    [contract] = [one for one in PROJECT["tool"]["importlinter"]["contracts"] if one["id"] == "floors"]
    _, block = FENCE.findall(ARCHITECTURE.partition("\n## Floors\n")[2])[0]
    assert [re.split(r"\s{2,}", line)[0] for line in block.splitlines()] == contract["layers"]


# Licences


def licences() -> dict[str, str]:
    """Return each package of LICENSES.md with its licence."""
    found: dict[str, str] = {}
    for line in read("LICENSES.md").splitlines():
        if line.startswith("| ") and not line.startswith(("| package", "| ---")):
            packages, names, _ = (
                re.sub(r" \((with|in) [^)]*\)", "", cell).strip().split(", ") for cell in line.strip("| ").split(" | ")
            )
            found |= dict(zip(map(canonicalize_name, packages), names, strict=True))
    return found


def test_each_dependency_is_in_the_list_of_licences() -> None:
    project = PROJECT["project"]
    asked = [*project["dependencies"], *PROJECT["build-system"]["requires"]]
    for extra in project["optional-dependencies"].values():
        asked += extra
    requirements = [Requirement(text) for text in asked]
    names = {canonicalize_name(one) for requirement in requirements for one in (requirement.name, *requirement.extras)}
    assert names - licences().keys() == set()


def test_licences_are_those_that_the_packages_declare() -> None:
    usual = {"BSD 2-Clause License": "BSD-2-Clause", "BSD 3-Clause License": "BSD-3-Clause", "MIT License": "MIT"}
    compared = 0
    for package, licence in licences().items():
        try:
            about = metadata.metadata(package)
        except metadata.PackageNotFoundError:  # an extra that is not installed
            continue
        [declared] = about.get_all("License-Expression") or about.get_all("License") or [""]
        if 0 < len(declared) < 100 and "matplotlib" not in declared:
            compared += 1
            declared = usual.get(declared, declared).replace(" OR ", " or ").replace(" AND ", " and ")
            others = " and ".join(declared.split(" and ")[1:])
            assert licence in (declared, declared.replace(f" and {others}", " and others")), f"{package}: {declared}"
    assert compared > 20
