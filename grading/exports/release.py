"""`grade release`: what students receive. No solution, gallery, hidden tests or tests of the grader are in it."""

from __future__ import annotations

from grading import KIT
from grading.exports.kit_files import (
    INSTALLED,
    Files,
    files_of,
    folder_files,
    grader_files,
    misconception_files,
    suite_files,
)
from grading.starter import starter_files

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
        **grader_files(INSTRUCTORS),
        **misconception_files(),
        **files_of(*keep),
    }
