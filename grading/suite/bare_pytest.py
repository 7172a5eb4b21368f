"""pytest's options for running tests without what else it could pick up on this computer."""

from __future__ import annotations

from grading import KIT

# The cache would write into the kit; two blame a test for what a program's old task does; the others take time.
# Without pytest's own care for warnings, `pytest_plugin` lets all be ignored.
_WITHOUT = """cacheprovider unraisableexception threadexception warnings terminal logging faulthandler doctest setuponly
setupplan stepwise pastebin junitxml debugging legacypath"""
BARE = ["-c", str(KIT / "pyproject.toml"), "--rootdir", str(KIT), "--disable-plugin-autoload", "-s"]
BARE += [f"-pno:{plugin}" for plugin in _WITHOUT.split()]
