"""`grade bundle github`: a template repository for GitHub Classroom, the release and a workflow that grades it.

The workflow is as GitHub Classroom's own (docs.github.com, "Use autograding"; the reporter's README, read in 2026). All
of it lies in the student's repository, so students can change it: see `TOLD`. Hidden tests can't be there.
"""

from __future__ import annotations

from grading.exports.github_classroom import RUNNERS
from grading.exports.release import Files, release_files
from grading.results.steps import step as step_of

WORKFLOW = ".github/workflows/classroom.yml"
TOLD = (
    "Put it into a template repository, choose that in GitHub Classroom, and 'custom YAML' for the tests.",
    "Students can change what is in their repository. Add .github/**, grading/** and tests/** to the assignment's "
    "protected file paths: then a change is labelled. For marks that count, clone the repositories and grade them.",
)
_NEEDED = ("__init__.py", "gradescope.py", "github_classroom.py")

_HEAD = """\
# Made by `grade bundle github`: GitHub Classroom shows these marks to students and instructors.
name: Autograding Tests
"on": [push, workflow_dispatch]
permissions:
  checks: write
  actions: read
  contents: read
jobs:
  run-autograding-tests:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    if: github.actor != 'github-classroom[bot]'
    steps:
      - name: Checkout code
        uses: actions/checkout@v4
        with:
          persist-credentials: false
      - name: Python
        uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - name: Set up the kit
        run: python3 -m grading setup --grader-only
      - name: Grade
        # What the program prints must not be taken for commands to GitHub, nor may it write to GitHub's files.
        run: |
          token=$(python3 -c 'import secrets; print(secrets.token_hex(16))')
          echo "::stop-commands::$token"
          env -u GITHUB_OUTPUT -u GITHUB_ENV -u GITHUB_PATH -u GITHUB_STATE -u GITHUB_STEP_SUMMARY \\
            .venv/bin/python -m grading run starter --json "$RUNNER_TEMP/result.json" || echo "grade ended with $?"
          echo "::$token::"
"""
_RUNNER = """\
      - name: {name}
        id: {id}
        run: |
          result=$(.venv/bin/python -m grading.exports.github_classroom "$RUNNER_TEMP/result.json" {id})
          echo "result=$result" >> "$GITHUB_OUTPUT"
"""
_REPORTER = """\
      - name: Autograding Reporter
        uses: classroom-resources/autograding-grading-reporter@v1
        env:
{environment}
        with:
          runners: {runners}
"""


def workflow() -> str:
    """Return the workflow: grade once, then a runner for each step that has marks."""
    runners = [_RUNNER.format(id=id, name=f"Step {step}, {step_of(step).title}") for id, step in RUNNERS.items()]
    variables = [f'          {id.upper()}_RESULTS: "${{{{steps.{id}.outputs.result}}}}"' for id in RUNNERS]
    return "".join([_HEAD, *runners, _REPORTER.format(environment="\n".join(variables), runners=",".join(RUNNERS))])


def github_bundle() -> Files:
    """Return the files of the template repository. Raises NoSolution."""
    return {WORKFLOW: workflow().encode(), **release_files(tuple(f"grading/exports/{name}" for name in _NEEDED))}
