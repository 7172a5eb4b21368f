"""Options that run pytest without any local configuration or plugin."""

from __future__ import annotations

from grading import KIT
from grading.results.assignment import ASSIGNMENT

# The cache would write into the kit; two blame a test for a task that an earlier program left; the others take time.
# Without pytest's `warnings`, our plugin ignores all warnings.
_WITHOUT = """cacheprovider unraisableexception threadexception warnings terminal logging faulthandler doctest setuponly
setupplan stepwise pastebin junitxml debugging legacypath"""
OF_THE_ASSIGNMENT = ["-c", str(KIT / "pyproject.toml"), "--rootdir", str(KIT), "-p", ASSIGNMENT.plugin]
"""Options that run the suite of this assignment; pyproject's own `addopts`, replaced here, name the kit's plugin."""
OF_THE_ASSIGNMENT += ["-o", "addopts=--import-mode=importlib --strict-markers --strict-config"]
BARE = [*OF_THE_ASSIGNMENT, "--disable-plugin-autoload", "-s"]
BARE += [f"-pno:{plugin}" for plugin in _WITHOUT.split()]

_AT_HOME_TOO = "cacheprovider warnings logging doctest junitxml legacypath debugging"  # unittest asks the last
OWN_TESTS = [*OF_THE_ASSIGNMENT, "--disable-plugin-autoload", "-s", "-p", "anyio.pytest_plugin"]
"""Options that run a student's own tests: with the fixtures and marks that they have at home, and nothing printed."""
OWN_TESTS += ["-o", "addopts=--import-mode=importlib", "-o", f"cache_dir={KIT / 'no' / 'cache'}"]
OWN_TESTS += [f"-pno:{plugin}" for plugin in _WITHOUT.split() if plugin not in _AT_HOME_TOO.split()]
