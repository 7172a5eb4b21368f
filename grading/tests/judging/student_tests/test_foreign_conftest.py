"""A student's own tests meet no conftest.py where they are judged, above all not that of the grader's own tests."""

from __future__ import annotations

from pathlib import Path

from grading.judging.student_tests import runs
from grading.judging.student_tests.pool import KnownPrograms
from grading.judging.student_tests.scoring import judge_own_tests
from grading.processes.forkserver import ForkServer

TEXT = """
def test_no_conftest(request):
    plugins = request.config.pluginmanager.get_plugins()
    assert not any(str(getattr(plugin, "__file__", "")).endswith("conftest.py") for plugin in plugins)
"""


def test_none_is_loaded(farms: tuple[KnownPrograms, ForkServer], folder: Path) -> None:
    (folder / "test_main.py").write_text(TEXT, encoding="utf-8")
    with runs.on_farms(*farms, folder, folder.parent) as on_program:
        results = judge_own_tests(folder / "test_main.py", on_program, workers=2)
    assert results[0].message == ""
