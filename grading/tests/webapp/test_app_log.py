"""Whatever way a program logs, its records are seen; and no program's logging disturbs the next one's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grading.tests.programs import ENVIRONMENT, HELLO, write
from grading.webapp.app_log import LogLine, captured_log, restored_logging
from grading.webapp.loading import running_app


@pytest.fixture(autouse=True)
def own_loggers() -> Iterator[None]:
    """Each test starts with the loggers of this process, and leaves no others."""
    with restored_logging():
        logging.getLogger().setLevel(logging.INFO)
        yield


SETUPS = {
    "named": "logger = logging.getLogger('shop.api')",
    "module": "logger = logging.getLogger(__name__)",
    "root": "logger = logging.getLogger()",
    "of-uvicorn": "logger = logging.getLogger('uvicorn.error')",
    "adapter": "logger = logging.LoggerAdapter(logging.getLogger('shop'), {})",
    "own-handler": "logger = logging.getLogger('shop')\nlogger.propagate = False\n"
    "logger.addHandler(logging.StreamHandler())",
    "file": "logger = logging.getLogger('shop')\nlogger.addHandler(logging.FileHandler('shop.log'))",
    "basic-config": "logging.basicConfig(level='INFO', force=True)\nlogger = logging.getLogger('shop')",
    "dict-config": "import logging.config\nlogging.config.dictConfig({'version': 1, 'root': {'level': 'INFO'}})\n"
    "logger = logging.getLogger('shop')",
}


@pytest.mark.parametrize("setup", SETUPS.values(), ids=SETUPS)
def test_every_start_of_a_program_logs(tmp_path: Path, setup: str) -> None:
    """Twice: what the first start left behind must not silence the second one."""
    program = f"import logging\n{setup}\n" + HELLO.replace(
        "    return", "    logger.info('%s in %.3f s', 200, 0.5)\n    return"
    )
    write(tmp_path, program)
    for _ in range(2):
        lines: list[LogLine] = []
        with captured_log(lines.append), running_app(tmp_path, ENVIRONMENT) as client:
            client.get("/")
        assert [line.text for line in lines] == ["200 in 0.500 s"]


def test_a_record_is_seen_with_all_that_a_handler_might_write() -> None:
    lines: list[LogLine] = []
    with captured_log(lines.append):
        try:
            raise LookupError("no tea")
        except LookupError:
            logging.getLogger("shop").exception("failed", extra={"status": 502, "seconds": 0.25})
    (line,) = lines
    assert line.logger == "shop"
    assert line.text.startswith("failed\nTraceback")
    assert "LookupError: no tea" in line.text
    assert "status=502" in line.text
    assert "seconds=0.25" in line.text
    assert "taskName" not in line.text


class Redacting(logging.Formatter):
    """A formatter as programs write them to keep keys out of their logs."""

    def format(self, record: logging.LogRecord) -> str:
        """Blank the key."""
        return super().format(record).replace("sk-1", "***")


@pytest.mark.parametrize(
    ("formatters", "readable"),
    [
        ([Redacting()], "key ***"),
        ([Redacting("%(levelname)s %(message)s")], "INFO key ***"),
        ([Redacting(), None], "key sk-1"),
        ([logging.Formatter("%(name)s %(message)s")], "key sk-1"),
        ([], "key sk-1"),
    ],
    ids=["one", "own-form", "another-handler", "usual", "none"],
)
def test_what_a_formatter_blanks_nobody_can_read(formatters: list[logging.Formatter | None], readable: str) -> None:
    logger = logging.getLogger("shop")
    for formatter in formatters:
        handler = logging.NullHandler()
        handler.setFormatter(formatter)
        logger.addHandler(handler)
    lines: list[LogLine] = []
    with captured_log(lines.append):
        logger.info("key %s", "sk-1")
    assert [line.readable for line in lines] == [readable]


def test_what_the_start_logs_is_kept_apart(tmp_path: Path) -> None:
    write(tmp_path, "import logging\nlogging.warning('imported')\n" + HELLO)
    with running_app(tmp_path, ENVIRONMENT) as client:
        logging.warning("running")
    assert [(line.text, line.at_start) for line in client.host.start_log] == [("imported", True)]


def test_what_nobody_would_see_is_not_seen() -> None:
    quiet, off = logging.getLogger("quiet"), logging.getLogger("off")
    quiet.setLevel(logging.WARNING)
    off.disabled = True
    lines: list[LogLine] = []
    with captured_log(lines.append):
        logging.getLogger("shop").debug("details")
        quiet.info("quiet")
        off.error("off")
        logging.disable()
        logging.getLogger("shop").error("disabled")
    assert lines == []


@pytest.mark.parametrize("library", ["httpx", "LiteLLM", "LiteLLM Router", "openai._base_client"])
def test_what_libraries_log_is_not_the_students(library: str) -> None:
    """It counts as no record of a request's outcome, but it must hold no secrets."""
    lines: list[LogLine] = []
    with captured_log(lines.append):
        logging.getLogger(library).warning("POST https://api.openai.com 200")
        logging.getLogger("endpoint").info("200 in 0.1 s")
    assert [line.of_library for line in lines] == [True, False]


def test_what_asyncio_says_of_garbage_is_nobodys() -> None:
    lines: list[LogLine] = []
    with captured_log(lines.append), asyncio.Runner() as runner:
        runner.get_loop().call_exception_handler({"message": "Task exception was never retrieved"})
    assert lines == []


def test_what_a_program_says_by_the_loggers_of_libraries_is_its_own() -> None:
    lines: list[LogLine] = []
    with captured_log(lines.append):
        for name in ("asyncio", "litellm.endpoint", "openai.gateway", "LiteLLM gateway", "httpx", "LiteLLM"):
            logging.getLogger(name).error("POST /generate")
    assert [line.logger for line in lines if line.of_library] == ["asyncio", "httpx", "LiteLLM"]
    assert len(lines) == 6


class Redact(logging.Filter):
    """Blanks a key in the record, as many guides do."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = str(record.msg).replace("sk-1", "…")
        return True


@pytest.mark.parametrize("on_handler", [False, True], ids=["logger", "handler"])
def test_a_filter_that_blanks_a_key_does_its_work_first(on_handler: bool) -> None:
    logger, handler = logging.getLogger("shop"), logging.StreamHandler()
    logger.addHandler(handler)
    (handler if on_handler else logger).addFilter(Redact())
    lines: list[LogLine] = []
    with captured_log(lines.append):
        logger.info("key sk-1")
    assert [line.text for line in lines] == ["key …"]


def test_a_filter_may_refuse_a_record() -> None:
    logger = logging.getLogger("shop")
    logger.addFilter(lambda record: False)
    lines: list[LogLine] = []
    with captured_log(lines.append):
        logger.info("nothing")
    assert lines == []


def test_a_wrong_format_is_kept_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    lines: list[LogLine] = []
    with captured_log(lines.append):
        logging.getLogger("shop").info("%d seconds", "two")
    assert [line.text for line in lines] == ["%d seconds"]


def test_capturing_ends_with_its_block() -> None:
    lines: list[LogLine] = []
    with captured_log(lines.append):
        pass
    logging.getLogger("shop").error("later")
    assert lines == []


def test_files_that_a_program_opened_for_its_log_are_closed(tmp_path: Path) -> None:
    with restored_logging():
        handler = logging.FileHandler(tmp_path / "shop.log")
        logging.getLogger("shop").addHandler(handler)
        stream: Any = handler.stream
    assert stream.closed
