"""Program's side. Nothing here is trusted: where a program without an answer stands; get it out of there."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import ctypes
import gc
import inspect
import linecache
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from grading.results.assignment import ASSIGNMENT
from grading.results.failure import Explanation

_SAMPLES = 20
_BETWEEN = 0.005  # seconds
_DEEPEST = 200  # coroutines that await each other
_AWAITED = ("cr_await", "ag_await", "gi_yieldfrom")
_WORKERS = ("worker", "WSGI")  # in the names of threads that answer requests: AnyIO's, a2wsgi's
_WAITS = "the program waits"
_DEBUGGERS = ("bdb", "pdb", "debugpy", "_pydevd_bundle", "pydevd")

Place = tuple[int, FrameType, str]
"""A line, a frame of the program's own, and what it does there."""
SERVER: list[tuple[threading.Thread, asyncio.AbstractEventLoop]] = []
"""The thread and the event loop of the app that runs in this process, the newest last."""


class NeverEnds(BaseException):
    """The program took too long; raised in the middle of its own code, which seldom catches such an exception."""


def standing(folder: Path) -> Explanation:
    """Say in which line the program in `folder` stands, or waits; "" if none of its functions is at work."""
    server, loop = SERVER[-1] if SERVER else (None, None)
    stacks: list[list[Place]] = []
    for _ in range(_SAMPLES):
        stacks.append(_stack(folder, server, loop))
        if not stacks[-1] or stacks[-1][-1][2] == _WAITS:
            break
        time.sleep(_BETWEEN)
    if not all(stacks):
        return Explanation()
    # What all samples have in common: inside it, the program goes from one line to the next.
    depth = 0
    while all(len(stack) > depth and stack[depth][1] is stacks[0][depth][1] for stack in stacks):
        depth += 1
    if not depth:  # another frame each time
        stacks, depth = stacks[-1:], len(stacks[-1])
    lines = [int(stack[depth - 1][0]) for stack in stacks]
    _, frame, doing = stacks[0][depth - 1]
    file = Path(frame.f_code.co_filename)
    line = lines[0] if doing == _WAITS else _loop_around(file, min(lines), max(lines))
    linecache.checkcache(str(file))
    code = linecache.getline(str(file), line).strip()
    return Explanation(f"{doing} at {file.relative_to(folder).as_posix()}, line {line}: {code}", doing)


def is_debugged() -> bool:
    """Whether somebody looks at a thread of this process in a debugger."""
    return any(
        str(frame.f_globals.get("__name__")).partition(".")[0] in _DEBUGGERS
        for start in sys._current_frames().values()
        for frame in _callers(start)
    )


def interrupt(folder: Path) -> bool:
    """Raise NeverEnds in each other thread that runs code of the program. Returns whether there was one.

    A thread that waits in the system hears of it only when that is over.
    """
    threads = [
        thread
        for thread, start in sys._current_frames().items()
        if thread != threading.get_ident() and any(_is_own(frame, folder) for frame in _callers(start))
    ]
    for thread in threads:
        raise_in(thread)
    return bool(threads)


def raise_in(thread: int) -> None:
    """Raise NeverEnds in the thread with this id, before its next step in Python."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(NeverEnds))


def _stack(folder: Path, server: threading.Thread | None, loop: asyncio.AbstractEventLoop | None) -> list[Place]:
    """Return the own frames of the thread, or else of the task, that most likely keeps an answer."""
    best: tuple[tuple[bool, bool, bool], list[Place]] | None = None
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    for thread, start in sys._current_frames().items():
        own = [frame for frame in _callers(start) if _is_own(frame, folder)]
        if thread == threading.get_ident() or not own:
            continue
        is_server = server is not None and thread == server.ident
        doing = "the server stands still" if is_server else "the program stands"
        rank = (is_server, _is_own(start, folder), any(name in names.get(thread, "") for name in _WORKERS))
        if best is None or rank > best[0]:
            best = rank, [(frame.f_lineno, frame, doing) for frame in reversed(own)]
    if best is not None:
        return best[1]
    waiting: list[list[Place]] = []
    with contextlib.suppress(RuntimeError):  # the set of tasks changes all the time
        for task in asyncio.all_tasks(loop) if loop is not None else ():
            own = [frame for frame in _awaited(task.get_coro()) if _is_own(frame, folder)]
            waiting.append([(frame.f_lineno, frame, _WAITS) for frame in own])
    # The one that has come least far: the others may be what it waits for, by a lock for example.
    return min(filter(None, waiting), key=lambda places: [line for line, _, _ in places], default=[])


def _callers(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield the frame and those that called it."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def _awaited(coroutine: Any) -> Iterator[FrameType]:
    """Yield the frames of a coroutine and of what it awaits."""
    for _ in range(_DEEPEST):
        frames = (getattr(coroutine, name, None) for name in ("cr_frame", "ag_frame", "gi_frame"))
        frame = next(filter(None, frames), None)
        if frame is not None:
            yield frame
            coroutine = next(getattr(coroutine, name) for name in _AWAITED if hasattr(coroutine, name))
        else:  # the step of an asynchronous generator, for example, which tells only the collector whose it is
            found = gc.get_referents(coroutine)
            coroutine = next((each for each in found if inspect.isasyncgen(each) or inspect.iscoroutine(each)), None)
        if coroutine is None:
            return


def _is_own(frame: FrameType, folder: Path) -> bool:
    file = Path(frame.f_code.co_filename)
    return file.is_relative_to(folder) and file.name != ASSIGNMENT.own_tests  # these run beside the program at home


def _loop_around(file: Path, first: int, last: int) -> int:
    """Return the line in which the smallest loop begins that holds these lines; if there is none, the first of them."""
    begins = []
    with contextlib.suppress(OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.While | ast.For | ast.AsyncFor) and node.lineno <= first and node.end_lineno:
                begins += [node.lineno] * (last <= node.end_lineno)
    return max(begins, default=first)
