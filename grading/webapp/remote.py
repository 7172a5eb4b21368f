"""Judge's side. Trusts nothing that it receives: run a student's app in another process, see `program`.

Nothing in that process can change a mark. Forms, sizes, counts and waiting are bounded, bodies are compared as they
are, and what the process says of itself only describes it in messages.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from grading.processes.channel import Process
from grading.results.assignment import ASSIGNMENT
from grading.results.failure import ContractBroken, Explanation
from grading.webapp import frames
from grading.webapp.asgi_server import USUAL, Sending
from grading.webapp.client import AppClient, AppDidNotStart, RunningApp
from grading.webapp.link import Answer, Gone, Link, Received
from grading.webapp.network_guard import NetworkGuard
from grading.webapp.outgoing import Outgoing
from grading.webapp.reply import Reply
from grading.webapp.waiting import NO_ANSWER, NO_START, START, TooSlow, WaitingBudget

_LONGEST = 2_000  # characters of what the program says of an exception
_FIRST_STOP = 4  # times a shutdown's grace: what a program asks at its end counts, also on a busy computer


class RemoteProgram:
    """Runs one submission's app for the tests of one run of the suite: in one process, or several after each other."""

    def __init__(self, launch: Callable[[], Process], deadline: float, patience: float) -> None:
        """`launch` starts a process for this submission; for the rest see WaitingBudget."""
        self._launch = launch
        self._link: Link | None = None
        self._received = Received()
        self._waiting = WaitingBudget(deadline, patience)
        self._problems: dict[object, Explanation] = {}  # environment to why a new process did not start in it
        self._stops_late = False

    @contextmanager
    def running(
        self, folder: Path, variables: Mapping[str, str], outgoing: Outgoing, guard: NetworkGuard
    ) -> Iterator[RunningApp]:
        """Start the app with these environment variables. Raises AppDidNotStart."""
        self._waiting.check()
        link = self._start(variables, outgoing, guard)
        try:
            client = AppClient(RemoteApp(self, link))
            yield RunningApp(client, lambda outgoing: link.begin(outgoing, guard), lambda: link.worn_out)
        finally:
            self._stop(link)

    def close(self) -> None:
        """End the process."""
        if self._link is not None:
            self._link.close(self._waiting.grace)

    def _start(self, variables: Mapping[str, str], outgoing: Outgoing, guard: NetworkGuard) -> Link:
        """Start the app, in the process that is there or in a new one. Raises AppDidNotStart.

        What an earlier start left in a process is not this one's fault, so a process that is reused decides nothing. A
        new one decides once for each environment; time-outs are retried in the next test, while the judge is patient.
        """
        environment = frozenset(variables.items())
        if known := self._problems.get(environment):
            raise AppDidNotStart(known.text, known.observation)
        if (link := self._link) is not None:
            link.is_new = False
            with contextlib.suppress(AppDidNotStart):
                return self._start_in(link, variables, outgoing, guard)
            self._forget(link)
        link = self._link = Link(self._launch(), self._received)
        try:
            return self._start_in(link, variables, outgoing, guard)
        except AppDidNotStart as problem:
            self._stop(link)
            if not (isinstance(problem.__cause__, TooSlow) and self._waiting.patient):
                self._problems[environment] = problem.explanation
            raise

    def _start_in(self, link: Link, variables: Mapping[str, str], outgoing: Outgoing, guard: NetworkGuard) -> Link:
        """Start the app in this process. Raises AppDidNotStart."""
        link.begin(outgoing, guard)
        try:
            said, _ = self._ask(link, frames.Start(dict(variables)), NO_START)
        except ContractBroken as broken:
            why = broken.failure
            raise AppDidNotStart(f"Importing {ASSIGNMENT.program} failed: {why.came_back}", why.observation) from broken
        if isinstance(said, frames.Started) and said.started:
            raise AppDidNotStart(said.started[:_LONGEST], said.observation[:_LONGEST])
        return link

    def _stop(self, link: Link) -> None:
        """Stop the app; if that takes long, end its process. One that never stops is waited for once only."""
        if self._link is link:
            grace = self._waiting.grace * (1 if self._stops_late else _FIRST_STOP)
            try:
                link.ask(frames.Do("stop"), b"", grace)
            except (Gone, FutureTimeout) as problem:
                self._stops_late |= isinstance(problem, FutureTimeout)
                self._forget(link)

    def _ask(self, link: Link, message: frames.Start | frames.Request, what_hung: str, body: bytes = b"") -> Answer:
        """Send a message and wait for the answer. Raises ContractBroken if there is none, and ends the process."""
        waiting, started = self._waiting, monotonic()
        waiting.check()
        patience, ended = waiting.for_one_answer, ""
        try:
            return link.ask(message, body, waiting.here(patience))
        except FutureTimeout:
            link.find_out_where(waiting.last_words)
        except Gone as gone:
            if not link.stood_still:  # else a request beside this one has waited in vain, and ended the process
                link.worn_out = not link.is_new
                ended = gone.how or f"ended ({self._forget(link, waiting.grace)})"
        self._forget(link)
        waited = monotonic() - started
        if not ended or waited > waiting.grace:
            waiting.spend(waited)
        sent = f"{message.method} {message.target}" if isinstance(message, frames.Request) else START
        if ended:
            came_back = f"no answer: the program {ended}"
            raise ContractBroken(sent=sent, came_back=came_back, expected="an answer", look_at="")
        where = Explanation(link.where.text[:_LONGEST], link.where.observation[:_LONGEST])
        raise TooSlow(sent, patience, where, what_hung)

    def _forget(self, link: Link, last_words: float = 0) -> str:
        """End the link's process; the next test gets a new one. Returns how it ended."""
        if self._link is link:
            self._link = None
        return link.end(last_words)


class RemoteApp:
    """What the client and the live server see of the app."""

    def __init__(self, program: RemoteProgram, link: Link) -> None:
        self._program = program
        self._link = link
        self.log_to = link.log_to

    def request(
        self, method: str, target: str, headers: list[tuple[bytes, bytes]], body: bytes, sending: Sending = USUAL
    ) -> Reply:
        """Send one request and wait for the whole answer, see `client.App`. Raises ContractBroken if none comes."""
        request = frames.Request(self._link.new_number(), method, target, headers, sending.together, sending.waits)
        said, content = self._program._ask(self._link, request, NO_ANSWER, body)
        assert isinstance(said, frames.Reply)
        status = said.status if 100 <= said.status <= 599 else 500
        explanation = Explanation(said.explanation[:_LONGEST], said.observation[:_LONGEST])
        return Reply(status, said.headers, content, True, explanation, said.blocked)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """Be the app as an ASGI application in this process, for a live server."""
        if scope["type"] != "http":
            return
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        target = scope["raw_path"].decode() + (f"?{scope['query_string'].decode()}" if scope["query_string"] else "")
        try:
            reply = await asyncio.to_thread(self.request, scope["method"], target, scope["headers"], body)
        except ContractBroken:
            return  # the server closes the connection
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
        await send({"type": "http.response.body", "body": reply.body})
