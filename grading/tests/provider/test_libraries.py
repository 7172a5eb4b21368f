"""What LiteLLM does beside a program is told from what the program does, by where it is written, not by names."""

from __future__ import annotations

from typing import Any

from litellm.litellm_core_utils.litellm_logging import Logging

from grading.provider.libraries import LITELLM


def test_only_litellms_own_logging_is_housekeeping() -> None:
    assert LITELLM.is_housekeeping(Logging.async_success_handler)
    written: dict[str, Any] = {}
    exec(compile("def ask_again_logging():\n    pass\n", "/srv/litellm/my_litellm.py", "exec"), written)
    assert not LITELLM.is_housekeeping(written["ask_again_logging"])
    assert not LITELLM.is_housekeeping(print)
