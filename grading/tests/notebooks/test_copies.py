"""A student's own copies: never lost, never stale, and nothing for git to see. (test_run.py runs one.)"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from grading import KIT
from grading.notebooks.copies import NAME, make_copies, use_the_copy

CALL = "03_call_litellm.ipynb"


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    shutil.copytree(KIT / "notebooks", tmp_path / "notebooks")
    assert make_copies(tmp_path) == []
    return tmp_path


def worked_in(copy: Path) -> str:
    """Write into a copy as an editor does, and return its new text."""
    notebook = json.loads(copy.read_text(encoding="utf-8"))
    notebook["cells"][3] |= {"source": ["# my own words"]}
    copy.write_text(json.dumps(notebook), encoding="utf-8")
    return copy.read_text(encoding="utf-8")


def new_version(original: Path) -> str:
    original.write_text(original.read_text(encoding="utf-8").replace("Good morning", "Good evening"), encoding="utf-8")
    return original.read_text(encoding="utf-8")


def test_each_notebook_has_a_copy_and_finds_what_it_links_to(kit: Path) -> None:
    originals = sorted(path.name for path in (kit / "notebooks").glob("*.ipynb"))
    assert sorted(path.name for path in (kit / NAME).glob("*.ipynb")) == originals
    for name in (*originals, "providers.md", "pictures/07_the_limit.svg"):
        assert (kit / NAME / name).read_bytes() == (kit / "notebooks" / name).read_bytes()
    assert (kit / NAME).parent == (kit / "notebooks").parent  # so ../starter/main.py is the same file for both


def test_what_a_student_wrote_stays(kit: Path) -> None:
    mine = worked_in(kit / NAME / CALL)
    assert make_copies(kit) == []
    assert (kit / NAME / CALL).read_text(encoding="utf-8") == mine


def test_a_new_version_takes_the_place_of_a_copy_that_nobody_worked_in(kit: Path) -> None:
    new = new_version(kit / "notebooks" / CALL)
    assert make_copies(kit) == []
    assert (kit / NAME / CALL).read_text(encoding="utf-8") == new
    assert not (kit / NAME / "older").exists()


def test_a_new_version_moves_a_copy_that_somebody_worked_in(kit: Path) -> None:
    for number in (1, 2):
        mine = worked_in(kit / NAME / CALL)
        (kit / "notebooks" / CALL).write_text(f"{number}", encoding="utf-8")
        kept = f"{NAME}/older/03_call_litellm-{number}.ipynb"
        assert make_copies(kit) == [f"{CALL} has a new version. Yours is now {kept}."]
        assert (kit / kept).read_text(encoding="utf-8") == mine
        assert (kit / NAME / CALL).read_text(encoding="utf-8") == str(number)
        shutil.copy(KIT / "notebooks" / CALL, kit / NAME / CALL)


def test_a_copy_that_was_deleted_is_made_again(kit: Path) -> None:
    (kit / NAME / CALL).unlink()
    assert make_copies(kit) == []
    assert (kit / NAME / CALL).read_bytes() == (kit / "notebooks" / CALL).read_bytes()


@pytest.mark.parametrize("damage", ["", "[]", "{"])
def test_without_a_memory_nothing_is_lost(damage: str, kit: Path) -> None:
    mine = worked_in(kit / NAME / CALL)
    (kit / NAME / ".made_from.json").write_text(damage, encoding="utf-8")
    assert len(make_copies(kit)) == 1
    assert (kit / NAME / "older" / "03_call_litellm-1.ipynb").read_text(encoding="utf-8") == mine


def test_who_runs_an_original_in_a_clone_is_told(kit: Path) -> None:
    assert use_the_copy(kit / "notebooks", kit) == "", "in a zip copy of the kit, there is no pull"
    (kit / ".git").mkdir()
    assert "Work in my_notebooks/ instead" in use_the_copy(kit / "notebooks", kit)
    assert use_the_copy(kit / NAME, kit) == ""
