"""Both sides. Capture what a program logs, whatever loggers, levels and handlers it uses."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

_ASYNCIO = str(Path(asyncio.__file__).parent)
# Libraries that log for themselves, by loggers named after their modules; a line of theirs is not the student's.
_LIBRARIES = "asyncio httpcore httpcore2 httpx httpx2 litellm openai urllib3".split()
_LITELLMS = ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router")  # loggers
# What a record holds without the program's doing; the last one comes from a filter of LiteLLM's on uvicorn's loggers.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "litellm_redacted"}

_MOST_AT_START = 100  # lines


@dataclass(frozen=True)
class LogLine:
    """One record: its text is the message, the extra fields and the traceback, as a handler might write them."""

    logger: str
    text: str
    of_library: bool = False
    """Whether a library logged it for itself."""
    at_start: bool = False
    """Whether it came before the app had started."""
    formatted: str = ""
    """What formatters of the program's own make of it, if nobody can read it without them."""

    @property
    def readable(self) -> str:
        """What somebody can read."""
        return self.formatted or self.text


@contextlib.contextmanager
def restored_logging() -> Iterator[None]:
    """Undo afterwards what a program does to logging; the loggers that it makes are forgotten.

    Loggers belong to the whole process: the next program's dictConfig() would disable a logger of the same name.
    """
    manager, factory = logging.root.manager, logging.getLogRecordFactory()
    known, disabled = dict(manager.loggerDict), manager.disable
    before = {
        logger: _state(logger) for logger in (logging.root, *known.values()) if isinstance(logger, logging.Logger)
    }
    try:
        yield
    finally:
        for logger in (logging.root, *manager.loggerDict.values()):
            if isinstance(logger, logging.Logger):
                for handler in set(logger.handlers).difference(before.get(logger, {}).get("handlers", ())):
                    handler.close()
        manager.loggerDict.clear()
        manager.loggerDict.update(known)
        for logger, state in before.items():
            vars(logger).update(state)
        logging.setLogRecordFactory(factory)
        logging.disable(disabled)  # also clears what loggers remember of levels


def _state(logger: logging.Logger) -> dict[str, Any]:
    state = {name: getattr(logger, name) for name in ("level", "parent", "propagate", "disabled")}
    return {**state, "handlers": list(logger.handlers), "filters": list(logger.filters)}


@contextlib.contextmanager
def captured_log(tell: Callable[[LogLine], None], listens: Callable[[], bool] = lambda: True) -> Iterator[None]:
    """Within it, while somebody `listens`, call `tell` for each record that passes its logger's level and filters.

    Its text is what handlers leave of it: a filter that blanks a key does its work first.
    """
    call_handlers = logging.Logger.callHandlers

    def call_and_record(logger: logging.Logger, record: logging.LogRecord) -> None:
        call_handlers(logger, record)
        # asyncio itself logs when garbage is collected, perhaps that of an app before.
        if listens() and not (logger.name == "asyncio" and record.pathname.startswith(_ASYNCIO)):
            formatted = _formatted(logger, record)
            tell(LogLine(logger.name, _text(record), _of_library(logger.name), formatted=formatted))

    with mock.patch.object(logging.Logger, "callHandlers", call_and_record):
        yield


@contextlib.contextmanager
def log_of_the_start() -> Iterator[list[LogLine]]:
    """Yield a list, to which is added what is logged within it; a program that never stops logging fills no memory."""
    lines: list[LogLine] = []
    with captured_log(lambda line: lines.append(replace(line, at_start=True)), lambda: len(lines) < _MOST_AT_START):
        yield lines


def _of_library(logger: str) -> bool:
    """Whether it is a library's own logger, and not one that a program has named after a library."""
    return logger in _LITELLMS or (logger.partition(".")[0] in _LIBRARIES and logger in sys.modules)


def _formatted(logger: logging.Logger | None, record: logging.LogRecord) -> str:
    """Return what formatters of the program's own leave of a record, if it reaches no handler that has none."""
    texts = []
    while logger is not None:
        for handler in logger.handlers:
            formatter = handler.formatter or logging.Formatter()
            if record.levelno < handler.level or type(handler).__module__.startswith("_pytest."):
                continue
            if type(formatter).format is logging.Formatter.format:
                return ""
            with contextlib.suppress(Exception):  # logging itself would print it to stderr
                texts.append(formatter.format(record))
        logger = logger.parent if logger.propagate else None
    return " ".join(texts)


def _text(record: logging.LogRecord) -> str:
    extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    try:
        return " ".join([logging.Formatter().format(record), *(f"{name}={value}" for name, value in extra.items())])
    except Exception:  # a wrong %-format: logging itself would print it as it is
        return str(record.msg)
