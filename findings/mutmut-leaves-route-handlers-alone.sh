#!/usr/bin/env bash
# mutmut and FastAPI: route handlers are never mutated, so an API can get a full mutation score with untested handlers
#
# One would guess that mutmut mutates every function in the files it is given, and that "all mutants killed" says
# something about the endpoints.
# What happens: mutmut 3 makes no mutants in functions with a decorator (staticmethod excepted here), and a FastAPI
# route is decorated by definition. The handler below decides on a 422, a discount and a sum, and gets none; the
# helper without a decorator gets some. The output does not mention the functions that were passed over.
# Why it matters: anyone who judges a test suite for an API by its mutation score: the tests of the handlers could
# be empty.
# Seen with mutmut 3.8.1, fastapi 0.165.0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset PYTHONPATH
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check mutmut==3.8.1 fastapi==0.165.0 httpx2==2.16.2 pytest==9.2.0
venv/bin/pip list --disable-pip-version-check 2>/dev/null | grep -E '^(mutmut|fastapi) '

cat > shop.py <<'PY'
from fastapi import FastAPI, HTTPException

app = FastAPI()


def in_cents(euros):
    return euros * 100 + 0


@app.post("/price")
def price(count: int):
    if count < 1:
        raise HTTPException(422, "at least one")
    discount = 2 if count > 10 else 0
    return {"cents": in_cents(count * 3 - discount)}


class Basket:
    @property
    def size(self):
        return 1 + 1

    @staticmethod
    def doubled(count):
        return count * 2
PY
mkdir tests
cat > tests/test_shop.py <<'PY'
import shop


def test_helpers():
    assert shop.in_cents(2) == 200
    assert shop.Basket.doubled(2) == 4
PY
cat > pyproject.toml <<'TOML'
[tool.mutmut]
source_paths = ["shop.py"]
TOML

venv/bin/python -m mutmut run --max-children 1 > log 2>&1 || { tail -n 20 log; exit 1; }
venv/bin/python -m mutmut results --all true 2>/dev/null | tee results.txt
count() { grep -c "$1" results.txt || true; }
for one in "in_cents helper" "doubled staticmethod" "price route" "size property"; do
  read -r name kind <<< "$one"
  echo "mutants of $name ($kind): $(count "$name")"
done
[[ $(count in_cents) -gt 0 && $(count doubled) -gt 0 ]] || { echo "changed: no mutants at all"; exit 1; }
[[ $(count price) -eq 0 && $(count size) -eq 0 ]] || { echo "changed: decorated functions have some"; exit 1; }
if grep -qi 'decorat' log; then echo "changed: it says what it passed over"; exit 1; fi
echo "as described"
