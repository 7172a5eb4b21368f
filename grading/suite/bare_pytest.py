"""Options that run pytest without any local configuration or plugin."""

from __future__ import annotations

from grading import KIT

# The cache would write into the kit; two blame a test for a task that an earlier program left; the others take time.
# Without pytest's `warnings`, our plugin ignores all warnings.
_WITHOUT = """cacheprovider unraisableexception threadexception warnings terminal logging faulthandler doctest setuponly
setupplan stepwise pastebin junitxml debugging legacypath"""
BARE = ["-c", str(KIT / "pyproject.toml"), "--rootdir", str(KIT), "--disable-plugin-autoload", "-s"]
BARE += [f"-pno:{plugin}" for plugin in _WITHOUT.split()]
