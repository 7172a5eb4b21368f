"""`grade notebooks`: JupyterLab at the first notebook, with this environment's kernel."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from grading import KIT
from grading.notebooks.copies import NAME, make_copies

FIRST = f"{NAME}/00_start_here.ipynb"
_HIDDEN = ("notebooks", "pictures", "__pycache__", "*.pyc", "*~", ".DS_Store")
"""What the file browser does not list: the originals, and what nobody opens. Links to it work."""
SETTINGS = Path(__file__).parent / "lab_settings"


def lab_command(browser: bool) -> list[str]:
    """Return the command that starts JupyterLab at the first notebook."""
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={KIT}", "--LabApp.news_url=None"]
    # No popup that asks about news; kernels that encrypt where they can, so nothing warns; few lines in the terminal.
    command += [f"--LabApp.app_settings_dir={SETTINGS}", "--KernelManager.transport_encryption=auto"]
    command += ["--Application.log_level=ERROR"]
    command += [f"--ContentsManager.hide_globs={name}" for name in _HIDDEN]
    command += ["--ServerApp.ip=127.0.0.1"]  # for this computer's browser only
    command += [] if browser else ["--no-browser"]
    # In a container one is root, and Jupyter refuses that unless it is told so.
    command += ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    # Rather than the file's name: so it also stands in the address that is printed.
    return [*command, f"--LabApp.default_url=/lab/tree/{FIRST}"]


def open_lab(browser: bool = True) -> int:
    """Run JupyterLab on the student's copies until Ctrl-C.

    Returns the exit code: 0, or 2 and a sentence if it is not installed or there is no place for copies.
    """
    if find_spec("jupyterlab") is None or find_spec("ipykernel") is None:
        print("JupyterLab is not installed here. Run the set-up again: python3 -m grading setup", file=sys.stderr)
        return 2
    try:
        print("".join(f"{sentence}\n" for sentence in make_copies()), end="")
    except OSError as problem:
        print(f"Your copies of the notebooks could not be made in {KIT / NAME}: {problem}", file=sys.stderr)
        return 2
    # A kernel with the same name in the user's own folder would otherwise hide the one of this environment.
    environment = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1"}
    where = "JupyterLab opens in your browser." if browser else "Open the address below in your browser."
    print(f"{where} Press Ctrl-C here, then y, to stop it.", flush=True)
    try:
        return subprocess.run(lab_command(browser), env=environment, cwd=KIT, check=False).returncode
    except KeyboardInterrupt:
        return 0
