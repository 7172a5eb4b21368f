#!/usr/bin/env bash
# nbgrader: a test cell that ends in `response.status_code` breaks the grading, one that ends in a count is marked by it
#
# One would guess that a test cell which raises nothing gets all its points, whatever the value of its last line.
# What happens: if the value of the last line reads as a number, that number is the mark (nbgrader's partial
# credit): 0 gives no points, 2 gives 2. A number above the cell's points, such as the 200 of a status code, makes
# the grading step raise ValueError. True, a response object and -1 count as full marks.
# Why it matters: authors of test cells for an HTTP endpoint: `response.status_code` as a last line, there to show
# the value, breaks the autograder run, and `len(errors)`, 0 when all is well, gives nothing to those who did best.
# End such cells with a semicolon.
# Seen with nbgrader 0.9.6, nbclient 0.11.0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset PYTHONPATH
export JUPYTER_PLATFORM_DIRS=1 IPYTHONDIR=$PWD/ipython JUPYTER_CONFIG_DIR=$PWD/config JUPYTER_DATA_DIR=$PWD/data
python3 -m venv venv
venv/bin/pip install --quiet --no-compile --disable-pip-version-check nbgrader==0.9.6 nbclient==0.11.0
venv/bin/python - 2> noise <<'PY' || { tail -n 5 noise; exit 1; }
import signal
from importlib.metadata import version

import nbclient
import nbformat
from nbgrader.utils import determine_grade

signal.alarm(150)
print("nbgrader", version("nbgrader"), "nbclient", version("nbclient"))
SETUP = "class Response:\n    status_code = 200\n\nresponse, errors, passed = Response(), [], ['a', 'b']"
LAST = {
    "assert response.status_code == 200": 3.0,
    "response.status_code == 200": 3.0,
    "response": 3.0,
    "len(errors)": 0.0,
    "len(passed)": 2.0,
    "-1": 3.0,
    "response.status_code": "ValueError",
    "response.status_code;": 3.0,
}


def test_cell(number, source):
    mark = {"grade": True, "solution": False, "locked": True, "task": False, "points": 3, "schema_version": 3}
    cell = nbformat.v4.new_code_cell(source)
    cell.metadata.nbgrader = mark | {"grade_id": f"test-{number}", "cell_type": "code"}
    return cell


def points(cell):
    try:
        return determine_grade(cell)[0]
    except ValueError as error:
        return type(error).__name__


cells = [test_cell(number, source) for number, source in enumerate(LAST)]
book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SETUP), *cells])
nbclient.NotebookClient(book, timeout=60, kernel_name="python3").execute()
for cell, (source, wanted) in zip(book.cells[1:], LAST.items(), strict=True):
    seen = points(cell)
    print(f"{source}: {seen} of 3 points")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")
print("as described")
PY
