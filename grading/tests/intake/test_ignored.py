"""One list says what is nobody's work, for submissions, downloads, releases and the watcher."""

from __future__ import annotations

from pathlib import Path

import pytest

from grading.classroom.download import contents
from grading.exports.release import folder_files
from grading.laptop.app_process import python_files
from grading.tests.intake.handed_in import fill, taken

TOOLS = ["__pycache__", ".venv", "node_modules", ".git", "__MACOSX", ".idea"]


@pytest.mark.parametrize("folder", TOOLS)
def test_what_tools_make_is_ignored_everywhere(tmp_path: Path, folder: str) -> None:
    kit = fill(tmp_path / "kit", {"main.py": b"app = 1\n", f"{folder}/main.py": b"app = 2\n"})
    assert taken(kit) == {"main.py": b"app = 1\n"}
    assert folder_files(kit, "kit") == {"kit/main.py": b"app = 1\n"}
    assert list(python_files(kit)) == [kit / "main.py"]


def test_desktops_leave_files_in_downloads_and_a_student_may_be_called_env(tmp_path: Path) -> None:
    files = dict.fromkeys(["Thumbs.db", "desktop.ini", ".DS_Store", "__MACOSX/x", "env/main.py", "ada/main.py"], b"")
    assert [item.name for item in contents(fill(tmp_path, files))] == ["ada", "env"]
