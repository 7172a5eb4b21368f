"""`grade bundle gradescope`: the zip that Gradescope makes an autograder from.

Two files must be at its root, setup.sh and run_autograder (gradescope-autograders.readthedocs.io, "Autograder
Specifications", read in 2026); everything is unpacked into /autograder/source. What is not in it can't leak there: it
has no solution, and of the gallery only what step 9 runs. gradescope_setup.sh sets who may read the rest.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from grading.exports.gradescope_autograder import EXTRA_TESTS
from grading.exports.release import (
    GRADES,
    INSTALLED,
    files_of,
    folder_files,
    grader_files,
    own_tests_files,
    suite_files,
)

TOLD = (
    "Upload it in Gradescope: Configure Autograder, Ubuntu 22.04 or newer; points as many as the marks without bonus.",
    "Its result says how well the program was kept from its judge; hidden tests are only run where a sandbox works.",
)
_SCRIPTS = {"setup.sh": "gradescope_setup.sh", "run_autograder": "gradescope_run.sh"}
_NEEDED = tuple(f"grading/exports/{name}.py" for name in ("__init__", "gradescope", "gradescope_autograder"))
_DATE = (1980, 1, 1, 0, 0, 0)  # always, so that the same kit gives the same zip


def gradescope_bundle(extra_tests: Path | None = None) -> bytes:
    """Return the zip. extra_tests: an instructor's own. Raises OSError, and ValueError if that folder has no tests."""
    extra = {} if extra_tests is None else folder_files(extra_tests, EXTRA_TESTS)
    if extra_tests is not None and not any(Path(name).match("test_*.py") for name in extra):
        raise ValueError(f"There is no file test_….py in {extra_tests}.")
    scripts = {name: (Path(__file__).parent / file).read_bytes() for name, file in _SCRIPTS.items()}
    kit = files_of("README.md", *INSTALLED, *_NEEDED) | suite_files() | grader_files(*GRADES) | own_tests_files()
    files = {**kit, **extra, **scripts}
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            info = zipfile.ZipInfo(name, _DATE)
            info.external_attr = (0o100755 if name in scripts else 0o100644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data.replace(b"\r\n", b"\n") if name in scripts else data)
    return zipped.getvalue()
