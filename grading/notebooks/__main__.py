"""`python -m grading.notebooks`: write the notebooks anew from their texts, and say what the linter finds."""

from __future__ import annotations

import sys

from grading import KIT
from grading.notebooks.build import built_files
from grading.notebooks.lint import problems


def main() -> int:
    """Returns 1 if the linter found something, else 0."""
    for path, text in built_files().items():
        path.write_text(text, encoding="utf-8", newline="\n")
        print(f"wrote {path.relative_to(KIT).as_posix()}")
    found = [problem for path in built_files() for problem in problems(path)]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
