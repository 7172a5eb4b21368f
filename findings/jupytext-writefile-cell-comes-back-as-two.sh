#!/usr/bin/env bash
# jupytext: a `%%writefile` cell whose file has `# %%` lines of its own comes back from the percent format as two cells
#
# One would guess that a notebook survives the way to py:percent and back: jupytext does protect a `# %%` line
# inside a string or a %%bash cell.
# What happens: in a %%writefile cell the line `# %%` is written as it is, and begins a new cell when the script is
# read again. The first cell then writes a file that ends there, and the rest of the file runs in the notebook
# instead.
# Why it matters: teaching notebooks in which students write their main.py with %%writefile and that are kept in git
# as scripts: after one sync the file is cut short, without a message.
# Seen with jupytext 1.19.6.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset PYTHONPATH
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check jupytext==1.19.6
venv/bin/python - <<'PY'
import signal
from importlib.metadata import version

import jupytext
from nbformat.v4 import new_code_cell, new_notebook

signal.alarm(60)
print("jupytext", version("jupytext"), "nbformat", version("nbformat"))


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


def there_and_back(source, form="py:percent"):
    book = new_notebook(cells=[new_code_cell(source)])
    book.metadata.kernelspec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    return [cell.source for cell in jupytext.reads(jupytext.writes(book, form), form).cells]


FILE = "first = 1\n# %%\nsecond = 2"
whole = f"%%writefile main.py\n{FILE}"
expect("%%writefile cell, percent", there_and_back(whole), ["%%writefile main.py\nfirst = 1", "second = 2"])
for kept in (f"%%bash\n{FILE}", f'text = """\n{FILE}\n"""'):
    expect(f"cell that begins with {kept.split()[0]}, percent", there_and_back(kept), [kept])
expect("%%writefile cell, Markdown", there_and_back(whole, "md"), [whole])
print("as described")
PY
