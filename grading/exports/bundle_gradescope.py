"""`grade bundle gradescope`: the zip that Gradescope makes an autograder from.

Two files must be at its root, setup.sh and run_autograder (gradescope-autograders.readthedocs.io, "Autograder
Specifications", read in 2026); all of it is unpacked into /autograder/source. What is not in it can't be read there: no
solution, and of the gallery only what step 9 runs. Who may read the rest is set in gradescope_setup.sh.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from grading.exports.gradescope_autograder import EXTRA_TESTS
from grading.exports.release import INSTALLED, files_of, folder_files, grader_files, own_tests_files, suite_files

TOLD = (
    "Upload it in Gradescope: Configure Autograder, Ubuntu 22.04 or newer; points as many as the marks without bonus.",
    "Its result says how well the program was kept from its judge; hidden tests are only run where a sandbox works.",
)
_SCRIPTS = {"setup.sh": "gradescope_setup.sh", "run_autograder": "gradescope_run.sh"}
_DATE = (1980, 1, 1, 0, 0, 0)  # always: the same kit gives the same zip


def gradescope_bundle(extra_tests: Path | None = None) -> bytes:
    """Return the zip, with the instructor's own tests in it. Raises OSError, and ValueError if there are no tests."""
    extra = {} if extra_tests is None else folder_files(extra_tests, EXTRA_TESTS)
    if extra_tests is not None and not any(Path(name).match("test_*.py") for name in extra):
        raise ValueError(f"There is no file test_….py in {extra_tests}.")
    scripts = {name: (Path(__file__).parent / file).read_bytes() for name, file in _SCRIPTS.items()}
    grader = grader_files("grading/pages/", "grading/classroom/")
    files = {**files_of("README.md", *INSTALLED), **suite_files(), **grader, **own_tests_files(), **extra, **scripts}
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            info = zipfile.ZipInfo(name, _DATE)
            info.external_attr = (0o100755 if name in scripts else 0o100644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data.replace(b"\r\n", b"\n") if name in scripts else data)
    return zipped.getvalue()
