"""`grade bundle classroom50`: the folder of one assignment in a classroom's repository, for Classroom 50.

Whoever knows its address can read a bundle (foundation50/classroom50, wiki and PR #833, read in November 2026). So it
holds nothing that a student's copy of the kit lacks but the modules that write the result: no solution, no programs of
step 9, no hidden tests.
"""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

from grading.exports.release import GRADES, INSTALLED, Files, files_of, grader_files, suite_files

TOLD = (
    "Commit it to the classroom's repository as CLASSROOM/autograders/ASSIGNMENT/, by a pull request.",
    "It is a self-check: students can change what runs in their repository. For marks that count: "
    "gh teacher download ORG CLASSROOM ASSIGNMENT, then grade class on that folder. README.md in it says why.",
)
LARGEST = 10_000_000
"""Bytes of a bundle, packed: Classroom 50's limit is 10 MB."""
_HERE = Path(__file__).parent
_NEEDED = tuple(f"grading/exports/{name}.py" for name in ("__init__", "classroom50", "result_markdown"))


def classroom50_bundle() -> Files:
    """Return the files of the bundle. Raises ValueError if it is too large for Classroom 50."""
    kit = files_of("README.md", *INSTALLED, *_NEEDED) | suite_files() | grader_files(*GRADES)
    files = {
        "autograder.py": (_HERE / "classroom50_autograder.py").read_bytes(),
        "README.md": (_HERE / "classroom50_readme.md").read_bytes(),
        **{f"kit/{name}": data for name, data in sorted(kit.items())},
    }
    if (size := packed(files)) > LARGEST:
        raise ValueError(f"The bundle has {size:,} bytes, and Classroom 50 takes {LARGEST:,}.")
    return files


def packed(files: Files) -> int:
    """Return how many bytes the files have as a tar.gz, which Classroom 50 makes of them."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return len(gzip.compress(data.getvalue()))
