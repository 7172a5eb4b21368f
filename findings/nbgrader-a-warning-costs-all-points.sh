#!/usr/bin/env bash
# nbgrader: a test cell whose assertions all hold gets 0 points if anything is written to stderr
#
# One would guess that a test cell fails when it raises, and that a warning which a library prints on the way
# changes nothing.
# What happens: nbgrader reads the mark from the cell's outputs, and a stream output named "stderr" counts like an
# error: 0 of 3 points for a DeprecationWarning or a logging message. The same text on stdout costs nothing.
# Why it matters: courses whose test cells call libraries that log to stderr, LiteLLM among them: an update that
# adds a warning costs every student the points, and each sees a cell in which nothing failed. Capture stderr in
# such cells.
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
print("nbgrader", version("nbgrader"), "nbclient", version("nbclient"), "ipykernel", version("ipykernel"))
CELLS = {
    "assertion holds": ("assert 1 + 1 == 2", 3.0),
    "and a word on stdout": ("print('checked')\nassert 1 + 1 == 2", 3.0),
    "and a word on stderr": ("import sys\nprint('checked', file=sys.stderr)\nassert 1 + 1 == 2", 0.0),
    "and a warning": ("import warnings\nwarnings.warn('old name', DeprecationWarning)\nassert 1 + 1 == 2", 0.0),
    "and a logged warning": ("import logging\nlogging.warning('slow provider')\nassert 1 + 1 == 2", 0.0),
    "assertion fails": ("assert 1 + 1 == 3", 0.0),
}


def test_cell(name, source):
    mark = {"grade": True, "solution": False, "locked": True, "task": False, "points": 3, "schema_version": 3}
    cell = nbformat.v4.new_code_cell(source)
    cell.metadata.nbgrader = mark | {"grade_id": name.replace(" ", "-"), "cell_type": "code"}
    return cell


book = nbformat.v4.new_notebook(cells=[test_cell(name, source) for name, (source, _) in CELLS.items()])
nbclient.NotebookClient(book, timeout=60, kernel_name="python3", allow_errors=True).execute()
for cell, (name, (_, wanted)) in zip(book.cells, CELLS.items(), strict=True):
    points, most = determine_grade(cell)
    print(f"{name}: {points} of {most} points")
    if points != wanted:
        raise SystemExit(f"changed, it was: {wanted}")
print("as described")
PY
