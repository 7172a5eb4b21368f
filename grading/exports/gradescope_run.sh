#!/usr/bin/env bash
# Gradescope runs this for each submission, as root; what it prints is for the instructor only.
set -euo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"
chmod 700 "$root/results" "$root/submission"
cd "$root/source"
exec .venv/bin/python -m grading.exports.gradescope_autograder "$root"
