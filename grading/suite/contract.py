"""The suite's assertions. A broken contract is told to a student in a few short parts:

sent:       POST /generate {"message": ""}
came back:  200 {"response": "…"}
expected:   422, because a blank message is not a question
look at:    step 7 "Limit the input", or a hint: grade hint 7
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NoReturn

import httpx

from grading.harness.waiting import wait_for
from grading.results.failure import BLOCKED, ContractBroken
from grading.suite import observation
from grading.suite.describe import describe_answer, describe_request, explanation_of, printed_during, shorten
from grading.suite.documented_names import REFUSED
from grading.suite.json_body import difference, read_json, same_json

_REDIRECTS = (301, 302, 303, 307, 308)
_LOGINS = (401, 403)
_NO_LOGIN = "It has all that is asked for: a message. No login, and no key of your own."


def is_in_time(seconds: float | None) -> bool:
    """Whether a call to the model that waits for so long at most keeps to the contract; None means forever."""
    return seconds is not None and seconds <= 60


def is_blocked(answer: httpx.Response, blocked: bool) -> bool:
    """Whether the app's event loop stood still: in a call to the model, or as the app itself tells with its answer."""
    return blocked or bool(answer.extensions.get(BLOCKED, False))


class Expect:
    """The suite's assertions. Each raises ContractBroken, with `look_at` as its last part."""

    def __init__(self, look_at: str) -> None:
        self.look_at = look_at
        self.model_is_never_asked = False
        """Not even by the plainest good request: then what the model says or does can't be observed."""

    def fail(
        self, answer: httpx.Response | None, expected: str, came_back: str = "", sent: str = "", observed: str = ""
    ) -> NoReturn:
        """Raise ContractBroken. What is not given is read from `answer`.

        `observed`: what any program with the same mistake would show, where `came_back` has words or numbers of this
        one. See `observation`.
        """
        if answer is not None:
            sent = sent or describe_request(answer)
            observed = observed or ("" if came_back else observation.of_answer(answer))
            came_back = came_back or describe_answer(answer)
        raise ContractBroken(sent, came_back or "nothing", expected, self.look_at, observed, printed_during(answer))

    def that(
        self,
        true: bool,
        answer: httpx.Response | None,
        expected: str,
        came_back: str = "",
        sent: str = "",
        observed: str = "",
    ) -> None:
        """Demand that `true` holds; for the rest see `fail`."""
        if not true:
            self.fail(answer, expected, came_back, sent, observed)

    def status(self, answer: httpx.Response, status: int, because: str = "") -> None:
        """Demand this status code."""
        how = ""
        if status == 422 and answer.status_code in (400, 403, 404, 413):
            how = ". In a validator, raise ValueError(...): FastAPI turns that into a 422"
        self.that(answer.status_code == status, answer, f"{status}{because and f', {because}'}{how}")

    def not_refused(self, answer: httpx.Response) -> None:
        """Demand that a good request is not turned away; other tests check what else is right about the answer."""
        in_query, in_header = (answer.status_code == 422 and where in answer.text for where in ('"query"', '"header"'))
        why = {
            **dict.fromkeys(
                _REDIRECTS,
                'The app redirects it, as a trailing slash makes it do: write @app.post("/generate"), without one.',
            ),
            **dict.fromkeys(_LOGINS, _NO_LOGIN),
            404: 'The app has no route for it. Is there @app.post("/generate"), with the slash in front, above a '
            "function, and one app only?",
            405: "The app has this path, but not for POST: @app.post makes one.",
            422: "FastAPI looks for plain parameters in the query string, after the ? in the URL; "
            "for a class made from BaseModel, in the body."
            if in_query
            else _NO_LOGIN
            if in_header
            else "The key is `message`.",
        }.get(answer.status_code, "")
        self.that(
            answer.status_code not in REFUSED,
            answer,
            f"200: this request is valid. {why}".rstrip(),
        )

    def asked(self, answer: httpx.Response, requests: Sequence[object], expected: str = "") -> None:
        """Demand that the model was called. If it never is, that is step 3's affair."""
        if not requests and self.model_is_never_asked:
            wait_for(3, "the model is never called")
        if not requests:
            came_back = f"{answer.status_code}; the model was never called"
            messages = 'a list of messages: [{"role": "user", "content": ...}]'
            self.fail(
                answer,
                expected or f"the model named in LLM_MODEL is called, with {messages}",
                f"{came_back}\n{describe_answer(answer).partition(' ')[2]}".strip(),
                observed=f"{came_back} {explanation_of(answer).observation}".strip(),
            )

    def not_asked(self, answer: httpx.Response, requests: Sequence[object]) -> None:
        """Demand that the model was not asked in vain."""
        came_back = f"{answer.status_code}, but the model was called"
        self.that(not requests, answer, f"{answer.status_code} without calling the model, which costs money", came_back)

    def times_out(self, answer: httpx.Response, seconds: float | None, expected: str) -> None:
        """Demand that a call to the model waits for 60 seconds at most; None means forever."""
        waits, observed = "forever", "for ever"
        if seconds is not None:
            waits, observed = f"up to {seconds:g} seconds", f"{observation.of_number(seconds)} seconds"
        came_back, observed = f"your call would wait {waits}", f"a call that waits {observed}"
        self.that(is_in_time(seconds), answer, expected, came_back, observed=observed)

    def not_blocked(self, answer: httpx.Response, blocked: bool) -> None:
        """Demand that no call to the model blocked the app's event loop."""
        came_back = "a call that does: one without await, or time.sleep"
        self.that(not is_blocked(answer, blocked), answer, "no call blocks the event loop", came_back)

    def json(self, answer: httpx.Response, expected: object, because: str = "") -> None:
        """Demand a JSON body that is exactly this value, types included."""
        found = read_json(answer)
        if not same_json(found, expected):
            wanted = shorten(json.dumps(expected, ensure_ascii=False))
            self.fail(
                answer,
                f"the JSON {wanted}{because and f', {because}'}",
                f"{describe_answer(answer)}\n{difference(found, expected)}".rstrip(),
                observed=observation.of_answer(answer),
            )
