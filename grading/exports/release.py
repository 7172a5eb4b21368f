"""Which files of the kit leave this computer: lists of what is taken, so that nothing else ever is by accident.

`grade release` gives to students: no solution, gallery, hidden tests or tests of the grader. The autograder bundles are
made of the same parts.
"""

from __future__ import annotations

from pathlib import Path

from grading import GALLERY, KIT
from grading.judging.student_tests.scoring import programs
from grading.results.starter import starter_files
from grading.results.steps import OWN_TESTS_PROGRAMS, marks_own_tests

Files = dict[str, bytes]
"""Path below the new folder, with slashes -> content."""

INSTALLED = ("LICENSE", "pyproject.toml", "requirements.lock", "requirements-grader.lock", "requirements-uv.lock")
"""What `python3 -m grading setup` needs beside grading/ and README.md."""
NEVER = ("grading/tests/", "grading/gallery/")
"""The grader's own tests, and programs with known marks, right ones among them."""
_SUFFIXES = (".py", ".toml", ".json", ".sh", ".md", ".html", ".css", ".js", ".svg", ".png", ".ipynb", ".txt", ".csv")
INSTRUCTORS = ("grading/exports/", "grading/classroom/", "grading/pages/")
"""Parts of the grader that no command of a student needs."""

_README = """# Build a POST endpoint with LiteLLM

You write a small web server that asks a language model. Read [the hand-out](starter/README.md): what you build, step by
step, and how it is marked. In this folder, once:

```bash
python3 -m grading setup
source .venv/bin/activate
grade check
```

Windows: `py -m grading setup`, then `.venv\\Scripts\\activate`, then `grade check`.

{section}
"""


def release_files(keep: tuple[str, ...] = ()) -> Files:
    """Return the files of a release; `keep` names modules of INSTRUCTORS' packages that it needs all the same.

    The starter is cut from the solution here and now: what stands in starter/ may be somebody's own work. Raises
    NoSolution in a copy of the kit that is a release itself.
    """
    starter = {f"starter/{name}": text.encode() for name, text in starter_files().items()}
    section = (KIT / "README.md").read_text(encoding="utf-8").partition("\n## For students\n")[2].partition("\n## ")[0]
    return {
        "README.md": _README.format(section=f"## Your commands\n{section}".rstrip()).encode(),
        **files_of(*INSTALLED, ".env.example", ".gitignore", ".gitattributes", "starter/README.md"),
        **starter,
        **suite_files(),
        **folder_files(KIT / "notebooks", "notebooks"),
        **grader_files(*INSTRUCTORS),
        **misconception_files(),
        **files_of(*keep),
    }


def grader_files(*without: str) -> Files:
    """Return grading/ without NEVER and without what begins with one of `without`."""
    files = folder_files(KIT / "grading", "grading")
    return {name: data for name, data in files.items() if not name.startswith((*NEVER, *without))}


def misconception_files() -> Files:
    """Return what `grade check` knows of the gallery: what its wrong programs break and what that means, no program."""
    known = [GALLERY / "patterns.json", *sorted(GALLERY.glob("wrong/*/program.toml"))]
    return files_of(*(path.relative_to(KIT).as_posix() for path in known))


def own_tests_files() -> Files:
    """Return the programs on which students' own tests (step 9) run, and their list; nothing where there are none."""
    if not marks_own_tests():
        return {}
    correct, broken = programs()
    found = files_of(OWN_TESTS_PROGRAMS.relative_to(KIT).as_posix())
    for name in [*(f"correct/{name}" for name in correct), *(f"wrong/{name}" for name in broken)]:
        found |= folder_files(GALLERY / name, f"grading/gallery/{name}")
    return found


def suite_files() -> Files:
    """Return tests/: the public suite and its table of steps."""
    return folder_files(KIT / "tests", "tests")


def files_of(*names: str) -> Files:
    """Return single files, those that exist."""
    return {name: (KIT / name).read_bytes() for name in names if (KIT / name).is_file()}


def folder_files(folder: Path, under: str) -> Files:
    """Return the files of a folder, named below `under`: sources, tables and pictures, nothing hidden, no links."""
    found = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        left_out = path.is_symlink() or any(part.startswith(".") or part == "__pycache__" for part in parts)
        if path.suffix in _SUFFIXES and path.is_file() and not left_out:
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
