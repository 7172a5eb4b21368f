"""A process that has rehearsed may fork, and its copies find imported what a call of LiteLLM imports, and no more."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from grading import KIT
from grading.processes.python_process import judge_environment

CODE = """
import json, os, sys
import tiktoken.registry
from grading.webapp import loading
from grading.provider import rehearsal
rehearsal.rehearse()
threads, modules = os.listdir("/proc/self/task"), set(sys.modules)
rehearsal._call()
ranks = ["_mergeable_ranks" in vars(each) for each in tiktoken.registry.ENCODINGS.values()]
print(json.dumps([len(threads), sorted(set(sys.modules) - modules), set(ranks) == {False}]))
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only there a farm forks")
def test_no_thread_is_left_and_no_import() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", CODE], cwd=KIT, env=judge_environment(), stdout=subprocess.PIPE, check=True
    )
    assert json.loads(ran.stdout) == [1, [], True]
