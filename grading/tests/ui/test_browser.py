"""The page in a browser: steps turn green as they are saved, by keyboard, on a phone, in the dark, and axe agrees.

It needs Node, Chromium and a folder NODE_MODULES that has axe-core and playwright-core:
KIT_AXE=NODE_MODULES pytest grading/tests/ui/test_browser.py
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from grading import KIT
from grading.results.starter import cut
from grading.tests.ui.pages import running_page

MODULES = os.environ.get("KIT_AXE", "")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")


@pytest.mark.skipif(
    not (MODULES and Path(MODULES, "playwright-core").is_dir() and shutil.which("node") and CHROMIUM),
    reason="needs KIT_AXE with playwright-core, Node and Chromium",
)
def test_a_student_fills_in_the_steps(tmp_path: Path) -> None:
    cuts, program = tmp_path / "cuts", tmp_path / "mine" / "main.py"
    for folder in (cuts, program.parent):
        folder.mkdir()
    solution = (KIT / "solution" / "main.py").read_text(encoding="utf-8")
    for step in range(11):
        (cuts / f"{step}.py").write_text(cut(solution, step), encoding="utf-8")
    (cuts / "broken.py").write_text("app = FastAPI(\n", encoding="utf-8")
    shutil.copy(cuts / "0.py", program)
    script = KIT / "grading" / "tests" / "ui" / "browser" / "drive.mjs"
    with running_page(program.parent) as page:
        command = ["node", str(script), MODULES, CHROMIUM, page.url, str(cuts), str(program)]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        assert ran.returncode == 0, ran.stderr
        assert json.loads(ran.stdout) == []
