"""Judge's side. Trusts nothing that it receives: the frames to and from one process of a program."""

from __future__ import annotations

import contextlib
import secrets
import threading
from concurrent.futures import Future

from grading.processes.channel import BrokenChannel, ChannelEnded, Process
from grading.results.failure import Explanation
from grading.webapp import frames
from grading.webapp.app_log import LogLine
from grading.webapp.asked import Asked
from grading.webapp.network_guard import NetworkGuard
from grading.webapp.outgoing import Outgoing

_MAX_LOG = 1_000  # log records in one test
_MAX_TEXT = 20_000  # characters of each
_MAX_CONTACTS = 20
# Of one submission, in whichever of its processes; what it sent may be kept, and a character take four bytes.
_MAX_BODIES = 16 * 2**20  # bytes of questions and answers: 80,000 for each
_MAX_LOGGED = 30 * 2**20  # characters
_NUMBER_BITS = 53  # what JSON's readers take exactly

Answer = tuple[frames.Started | frames.Stopped | frames.Standing | frames.Reply, bytes]
"""A message and the body of its frame."""


class Gone(Exception):
    """The program's process has ended, or sent nonsense; `how` says it if it is known."""

    def __init__(self, problem: BrokenChannel) -> None:
        self.how = "" if isinstance(problem, ChannelEnded) else str(problem)


class Received:
    """How much one submission has sent."""

    def __init__(self) -> None:
        self._bodies = self._logged = 0

    def add(self, body: bytes) -> None:
        """Count a question or an answer. Raises BrokenChannel if it is one too many."""
        self._bodies += len(body)
        if self._bodies > _MAX_BODIES:
            raise BrokenChannel(f"sent more than {_MAX_BODIES >> 20} MB of questions and answers in all")

    def has_room_for(self, line: LogLine) -> bool:
        """Count a record of the log, and say whether it can be kept."""
        self._logged += len(line.text) + len(line.formatted)
        return self._logged <= _MAX_LOGGED


class Link:
    """A process that serves one app after another."""

    def __init__(self, process: Process, received: Received) -> None:
        self.is_new = True  # it has served one app only
        self.stood_still = False  # a request waited for its answer in vain
        self.where = Explanation()  # it said that it stands then
        self.worn_out = False  # it ended by itself, perhaps because of an earlier app
        self._process = process
        self._received = received
        self._asked = Asked(process.channel)
        self._guard: NetworkGuard | None = None
        self._lines: list[LogLine] | None = None
        self._waiting: dict[object, Future[Answer]] = {}  # by a request's number, or what is to be done
        self._gone: BrokenChannel | None = None
        self._lock = threading.Lock()  # for the two above
        self._ended: str | None = None
        self._ending = threading.Lock()
        self._finding_out = threading.Lock()
        threading.Thread(target=self._read, name="frames", daemon=True).start()

    def begin(self, outgoing: Outgoing, guard: NetworkGuard) -> None:
        """Begin a new test: `outgoing` answers from now on, and `guard` hears of other contacts."""
        self._asked.begin(outgoing)
        self._guard, self._lines = guard, None

    def log_to(self, lines: list[LogLine]) -> None:
        """Add what the app logged at its start, and logs from now on, to `lines`."""
        self._lines = lines
        with contextlib.suppress(BrokenChannel):
            self._process.channel.send(frames.header(frames.Do("log")))

    def new_number(self) -> int:
        """Return a number for a request that the program can't guess: else it could reply before it is asked."""
        return secrets.randbits(_NUMBER_BITS)

    def ask(self, message: frames.Start | frames.Do | frames.Request, body: bytes, patience: float) -> Answer:
        """Send a message and wait for its answer. Raises Gone, and TimeoutError after `patience` seconds."""
        answer: Future[Answer] = Future()
        key: object = message.id if isinstance(message, frames.Request) else message.do
        with self._lock:
            if self._gone is not None:
                raise Gone(self._gone)
            self._waiting[key] = answer
        try:
            self._process.channel.send(frames.header(message), body)
        except BrokenChannel as problem:
            raise Gone(problem) from None
        return answer.result(patience)

    def find_out_where(self, patience: float) -> None:
        """Ask once, after a request has waited in vain, where the program stands; it may not answer that either."""
        with self._finding_out:  # two requests may be on their way, each in a thread
            if not self.stood_still:
                with contextlib.suppress(Gone, TimeoutError):
                    said, _ = self.ask(frames.Do("where"), b"", patience)
                    if isinstance(said, frames.Standing):
                        self.where = Explanation(said.standing, said.observation)
                self.stood_still = True

    def end(self, last_words: float) -> str:
        """End the process, if it does not end by itself within `last_words` seconds. Returns how it ended."""
        with self._ending:  # two requests may be on their way, each in a thread
            if self._ended is None:
                self._ended = self._process.end(last_words)
            return self._ended

    def close(self, grace: float) -> None:
        """End the process, which nobody uses any more."""
        self._process.end(grace)
        self._process.channel.close()

    def _read(self) -> None:
        try:
            while True:
                head, body = self._process.channel.receive()
                self._take(frames.read(frames.FROM_PROGRAM, head), body)
        except BrokenChannel as problem:
            gone = problem
        except Exception as problem:  # a frame of a form that we did not think of
            gone = BrokenChannel(f"sent a frame that cannot be read ({type(problem).__name__})")
        with self._lock:
            self._gone = gone
            waiting = list(self._waiting.values())
        for answer in waiting:
            with contextlib.suppress(Exception):  # it was answered
                answer.set_exception(Gone(gone))

    def _take(self, message: frames.FromProgram, body: bytes) -> None:
        """Act on one message."""
        match message:
            case frames.Ask() | frames.NoRequest():
                self._received.add(body)
                self._asked.answer(message, body)
            case frames.Logged(logger, text, library, at_start, formatted):
                if self._lines is not None and len(self._lines) < _MAX_LOG:
                    logger, text, formatted = (each[:_MAX_TEXT] for each in (logger, text, formatted))
                    line = LogLine(logger, text, library, at_start, formatted)
                    if self._received.has_room_for(line):
                        self._lines.append(line)
            case frames.Contact(contact):
                if self._guard is not None and len(self._guard.attempts) < _MAX_CONTACTS:
                    self._guard.attempts.append(contact)
            case frames.Reply(number):
                self._received.add(body)
                self._resolve(number, (message, body))
            case frames.Started():
                self._resolve("start", (message, body))
            case frames.Stopped(True):
                self._resolve("stop", (message, body))
            case frames.Standing():
                self._resolve("where", (message, body))
            case _:
                raise BrokenChannel("sent a frame that has no meaning")

    def _resolve(self, key: object, answer: Answer) -> None:
        with self._lock:
            waiting = self._waiting.pop(key, None)
        if waiting is not None:  # else nobody asked; what came of that would depend on when it is read
            waiting.set_result(answer)
