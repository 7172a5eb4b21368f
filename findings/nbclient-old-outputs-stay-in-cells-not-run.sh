#!/usr/bin/env bash
# nbclient: in an executed notebook, cells that were not run keep the outputs of somebody's earlier run
#
# One would guess that execute() clears all outputs before it begins, so that whatever is in the notebook afterwards
# belongs to this run, and a cell that was not run has no output.
# What happens: outputs are cleared cell by cell, just before each is run. After the first error, and in cells
# tagged skip-execution, the old outputs and execution counts stay; so they do in cells that contain only blanks.
# Why it matters: graders and course builders that read the outputs of a notebook which a student handed in
# executed: the "results" after the failing cell come from the student's file, not from a run. Clear the outputs
# first.
# Seen with nbclient 0.11.0, ipykernel 7.4.0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset PYTHONPATH
export JUPYTER_PLATFORM_DIRS=1 IPYTHONDIR=$PWD/ipython JUPYTER_CONFIG_DIR=$PWD/config JUPYTER_DATA_DIR=$PWD/data
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check nbclient==0.11.0 ipykernel==7.4.0
venv/bin/python - 2> noise <<'PY' || { tail -n 5 noise; exit 1; }
import signal
from importlib.metadata import version

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook, new_output

signal.alarm(120)
print("nbclient", version("nbclient"), "ipykernel", version("ipykernel"))
OLD = (7, "from an earlier run\n")


def handed_in(source, *tags):
    cell = new_code_cell(source, metadata={"tags": list(tags)}, execution_count=OLD[0])
    cell.outputs = [new_output("stream", name="stdout", text=OLD[1])]
    return cell


def execute(*cells):
    book = new_notebook(cells=list(cells))
    try:
        NotebookClient(book, timeout=60, kernel_name="python3").execute()
        ending = "done"
    except CellExecutionError as error:
        ending = error.ename
    kept = [(c.execution_count, "".join(o.get("text", "") for o in c.outputs)) == OLD for c in book.cells]
    return ending, ["old" if one else "new" for one in kept]


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


seen = execute(handed_in("print(1)"), handed_in("1 / 0"), handed_in("print('result')"), handed_in("2"))
expect("second cell fails", seen, ("ZeroDivisionError", ["new", "new", "old", "old"]))
seen = execute(handed_in("print(1)"), handed_in("print(2)", "skip-execution"), handed_in("  \n"), handed_in("# 2"))
expect("skip-execution, only blanks, only a comment", seen, ("done", ["new", "old", "old", "new"]))
print("as described")
PY
