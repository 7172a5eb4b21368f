"""Run the suite on one program and tell the parent process what came out, one JSON object a line.

Started as `python -m grading.judge FOLDER [TEST_FILE …]` by grading.run. Standard output is the channel:

    {"collected": ["id", …]}    which tests will run
    {"test": {…}}               a result, as soon as it is known
    {"done": true}              the suite came to its end

The program under test runs in this process, so its own output goes elsewhere.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import TextIO

import pytest

from grading import KIT
from grading.recorder import Recorder
from grading.result import TestResult


class Channel:
    """Writes lines to the parent; a pytest plugin for the one hook that it needs."""

    def __init__(self, stream: TextIO, recorder: Recorder) -> None:
        self._stream = stream
        self._recorder = recorder

    def send(self, **message: object) -> None:
        """Write one line at once."""
        self._stream.write(json.dumps(message) + "\n")
        self._stream.flush()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        """Tell which tests will run."""
        self.send(collected=self._recorder.collected)


def judge(folder: str, test_files: list[str], stream: TextIO) -> list[TestResult]:
    """Run the tests on `folder`/main.py, write the lines to `stream`, and return the results."""

    def announce(result: TestResult) -> None:
        channel.send(test=asdict(result))

    recorder = Recorder(announce)
    channel = Channel(stream, recorder)
    pytest.main(
        # The cache would write into the kit; the other two blame a test for what a student's old task does.
        [
            *test_files,
            "--app",
            folder,
            "-c",
            str(KIT / "pyproject.toml"),
            "--rootdir",
            str(KIT),
            "--disable-plugin-autoload",
        ]
        + [f"-pno:{plugin}" for plugin in ("cacheprovider", "unraisableexception", "threadexception", "terminal")],
        plugins=[recorder, channel],
    )
    channel.send(done=True)
    return recorder.results


def main() -> None:
    """Keep standard output for the results, and give the program under test another one."""
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    judge(sys.argv[1], sys.argv[2:] or [str(KIT / "tests")], stream)
    os._exit(0)  # at once: the student's threads and exit handlers have no say any more


if __name__ == "__main__":
    main()
