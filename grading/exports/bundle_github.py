"""`grade bundle github`: a template repository for GitHub Classroom, the release and a workflow that grades it.

The workflow follows GitHub Classroom's own (docs.github.com, "Use autograding"; the reporter's README, read in 2026).
All of it is in the student's repository, so students can change it (see `TOLD`), and it has no hidden tests.
"""

from __future__ import annotations

from pathlib import Path

from grading.exports.github_classroom import RUNNERS
from grading.exports.release import Files, release_files
from grading.results.steps import step as step_of

WORKFLOW = ".github/workflows/classroom.yml"
TOLD = (
    "Put it into a template repository, choose that in GitHub Classroom, and 'custom YAML' for the tests.",
    "Students can change what is in their repository. Add .github/**, grading/** and tests/** to the assignment's "
    "protected file paths: then a change is labelled. For marks that count, clone the repositories and grade them.",
)
_NEEDED = tuple(f"grading/exports/{name}.py" for name in ("__init__", "gradescope", "github_classroom"))

_JOB = Path(__file__).with_name("github_workflow.yml")
"""The workflow up to the grading; what follows depends on the steps."""
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
    """Return the workflow, which grades once and then has a runner for each step with marks."""
    runners = [_RUNNER.format(id=id, name=f"Step {step}, {step_of(step).title}") for id, step in RUNNERS.items()]
    variables = [f'          {id.upper()}_RESULTS: "${{{{steps.{id}.outputs.result}}}}"' for id in RUNNERS]
    return "".join(
        [
            _JOB.read_text(encoding="utf-8"),
            *runners,
            _REPORTER.format(environment="\n".join(variables), runners=",".join(RUNNERS)),
        ]
    )


def github_bundle() -> Files:
    """Return the files of the template repository. Raises NoSolution."""
    return {WORKFLOW: workflow().encode(), **release_files(_NEEDED)}
