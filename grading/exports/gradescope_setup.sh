#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the autograder's image: what the kit needs, and who may read it.
set -euo pipefail
source="${AUTOGRADER_ROOT:-/autograder}/source"
cd "$source"

if ! python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3 python3-venv
fi
python3 -m grading setup --grader-only

# Students' programs run as another user. It must read Python, its packages and the grader's code; tests are root's alone.
chmod -R go= .
chmod 711 .
chmod -R go=rX .venv grading
