"""Choose the files of the kit that leave this computer, by lists of what to include: nothing else leaks by accident.

`grade release` makes a student's copy: no solution, gallery, hidden tests, or parts of the grader for others. The
autograder bundles are made of the same parts.
"""

from __future__ import annotations

import json
from pathlib import Path

from grading import GALLERY, KIT
from grading.intake.ignored import is_hidden_or_ignored
from grading.judging.student_tests.programs import STYLES
from grading.results import handed_out
from grading.results.assignment import ASSIGNMENT
from grading.results.basis import DECIDES
from grading.results.starter import starter_files
from grading.results.steps import OWN_TESTS_PROGRAMS, marks_own_tests

Files = dict[str, bytes]
"""Path below the new folder, with slashes -> content."""

LOCKS = ("requirements.lock", "requirements-grader.lock", "requirements-frameworks.lock", "requirements-uv.lock")
INSTALLED = ("LICENSE", "pyproject.toml", *LOCKS)
"""What `python3 -m grading setup` needs beside grading/ and README.md."""
COMMANDS = ("grade", "grade.cmd", ".vscode/tasks.json", ".vscode/extensions.json")
"""What runs the kit without an activated environment, and from an editor."""
GRADES = (*DECIDES, *ASSIGNMENT.decides, "sandbox")
"""Packages of grading/ that grade one submission."""
STUDENTS = (*GRADES, "checking", "laptop", "notebooks", "ui", "commands")
"""Packages of grading/ in a student's copy."""
_INSTRUCTORS = tuple(f"grading/commands/{name}.py" for name in ("classroom", "whole_class", "export"))
"""Commands that need the packages which a student's copy lacks."""
_SUFFIXES = (".py", ".toml", ".json", ".sh", ".md", ".html", ".css", ".js", ".svg", ".png", ".ipynb", ".txt", ".csv")

_README = Path(__file__).with_name("student_readme.md")


def release_files(keep: tuple[str, ...] = ()) -> Files:
    """Return the files of a release. keep: modules of other packages that it needs, too.

    The starter is cut from the solution anew, because starter/ may hold somebody's own work. Raises NoSolution in a
    copy of the kit that is a release itself.
    """
    starter = {f"starter/{name}": text.encode() for name, text in starter_files().items()}
    section = (KIT / "README.md").read_text(encoding="utf-8").partition("\n## For students\n")[2].partition("\n## ")[0]
    return {
        "README.md": f"{_README.read_text(encoding='utf-8')}## Your commands\n{section.rstrip()}\n".encode(),
        **files_of(*INSTALLED, *COMMANDS, ".env.example", ".gitignore", ".gitattributes", "starter/README.md"),
        **starter,
        **suite_files(),
        handed_out.LIST: json.dumps({name: handed_out.hash_of(data) for name, data in suite_files().items()}).encode(),
        **folder_files(KIT / "notebooks", "notebooks"),
        **{name: data for name, data in grader_files(*STUDENTS).items() if name not in _INSTRUCTORS},
        **misconception_files(),
        **files_of(*keep),
    }


def grader_files(*packages: str) -> Files:
    """Return the modules that stand directly in grading/, and these of its packages."""
    flat = files_of("grading/THREATS.md", *(f"grading/{path.name}" for path in (KIT / "grading").glob("*.py")))
    files = [folder_files(KIT / "grading" / package, f"grading/{package}") for package in packages]
    return {name: data for part in (flat, *files) for name, data in part.items()}


def misconception_files() -> Files:
    """Return what `grade check` needs of the gallery: what its wrong programs break and why, but no program."""
    known = [GALLERY / "patterns.json", *sorted(GALLERY.glob("wrong/*/program.toml"))]
    return files_of(*(path.relative_to(KIT).as_posix() for path in known))


def own_tests_files() -> Files:
    """Return the programs that students' own tests (step 9) are run on, and their list; nothing if there are none."""
    if not marks_own_tests():
        return {}
    found = files_of(OWN_TESTS_PROGRAMS.relative_to(KIT).as_posix())
    found |= folder_files(STYLES, STYLES.relative_to(KIT).as_posix())
    return found


def suite_files() -> Files:
    """Return tests/: the public suite and its table of steps."""
    return folder_files(KIT / "tests", "tests")


def files_of(*names: str) -> Files:
    """Return those of these files that exist. names: relative to the kit's folder."""
    return {name: (KIT / name).read_bytes() for name in names if (KIT / name).is_file()}


def folder_files(folder: Path, under: str) -> Files:
    """Return the sources, tables and pictures of a folder, named below `under`; nothing hidden, and no links."""
    found = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        is_file = path.is_file() and not path.is_symlink()
        if is_file and path.suffix in _SUFFIXES and not any(map(is_hidden_or_ignored, parts)):
            found["/".join((under, *parts))] = path.read_bytes()
    return found


def write_files(files: Files, out: Path) -> None:
    """Write the files into `out`, a new or an empty folder. Raises OSError; FileExistsError if it is not empty."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(17, "there is something already. Name a new folder")
    for name, data in files.items():
        file = out / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        if data.startswith(b"#!"):
            file.chmod(0o755)
