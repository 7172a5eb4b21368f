#!/usr/bin/env bash
# import-linter: code in a folder without `__init__.py` is not checked, and after one is added the cache still says KEPT
#
# One would guess that a contract which forbids `shop.low` to reach `shop.high` is broken by a chain of imports
# through `shop.plain`, a folder that Python imports without an __init__.py; or, if that file matters, that the
# contract is broken once the file exists.
# What happens: the folder is no part of the package, and imports of it do not count: KEPT. With __init__.py added
# its files are counted, yet the contract is still KEPT: the imports of the unchanged file come from
# .import_linter_cache, from when their target did not count. Only with --no-cache, or once that file changes, is it
# BROKEN.
# Why it matters: teams that rely on it for their layers: green on a laptop, red in CI, and a new folder that no
# rule applies to.
# Seen with import-linter 2.17, grimp 3.20.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check import-linter==2.17 grimp==3.20
venv/bin/pip list --disable-pip-version-check 2>/dev/null | grep -E '^(import-linter|grimp) '

mkdir -p shop/low shop/plain shop/high
touch shop/__init__.py shop/low/__init__.py shop/high/__init__.py
echo 'import shop.plain.middle' > shop/low/start.py
echo 'import shop.high.target' > shop/plain/middle.py
echo 'REACHED = True' > shop/high/target.py
cat > .importlinter <<'INI'
[importlinter]
root_package = shop

[importlinter:contract:1]
name = low does not reach high
type = forbidden
source_modules = shop.low
forbidden_modules = shop.high
INI
export PYTHONPATH=$work

expect() { # expect WHAT WANTED-VERDICT [option of lint-imports]
  venv/bin/lint-imports ${3:-} > log 2>&1 || true
  verdict=$(grep -oE 'Analyzed [0-9]+ files, [0-9]+ dependencies|KEPT|BROKEN' log | paste -sd' ' -)
  echo "$1: $verdict"
  [[ $verdict == *"$2" ]] || { echo "changed, it was: $2"; exit 1; }
}

venv/bin/python -c 'import shop.low.start; print("Python follows the chain:", shop.high.target.REACHED)'
expect "without shop/plain/__init__.py" "Analyzed 5 files, 0 dependencies KEPT"
touch shop/plain/__init__.py
expect "with it" "Analyzed 7 files, 1 dependencies KEPT"
expect "with it and --no-cache" "Analyzed 7 files, 2 dependencies BROKEN" --no-cache
expect "with it, cache again" "Analyzed 7 files, 1 dependencies KEPT"
echo '# changed' >> shop/low/start.py
expect "after a change of shop/low/start.py" "Analyzed 7 files, 2 dependencies BROKEN"
echo "as described"
