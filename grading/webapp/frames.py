"""Both sides. Messages between the judge and the program under test: the headers of frames, see `processes.channel`.

The judge trusts nothing of what the program sends but its form. In step 9 a student's own tests are in the judge's
place: then the program trusts nothing either.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, PlainSerializer

from grading.processes.channel import BrokenChannel
from grading.processes.messages import BadMessage, StrictBool, StrictInt, TypeAdapter, parse

T = TypeVar("T")


def _as_bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise ValueError("a header is text")
    return text.encode("latin-1")


_Raw = Annotated[bytes, BeforeValidator(_as_bytes), PlainSerializer(lambda raw: raw.decode("latin-1"), return_type=str)]
Headers = list[tuple[_Raw, _Raw]]
"""Bytes on both sides, text in JSON."""


# To the program.


@dataclass(frozen=True)
class Start:
    """Load main.py anew, in this environment; the answer is Started."""

    environment: dict[str, str]
    do: Literal["start"] = "start"


@dataclass(frozen=True)
class Do:
    """End the app, the answer is Stopped; or send what it has logged at its start and logs from now on; or say in which
    line it is: Standing.
    """

    do: Literal["stop", "log", "where"]


@dataclass(frozen=True)
class Request:
    """Let the app answer this request, whose body is the frame's; the answer is Reply."""

    id: StrictInt
    method: str
    target: str
    headers: Headers
    together: StrictInt = 1
    waits: StrictBool = True
    """These two are a Sending's."""
    do: Literal["request"] = "request"


@dataclass(frozen=True)
class Outcome:
    """The provider's answer to an Ask, with its body, or the name and text of the httpx exception that ends it.

    One with a status and an exception breaks off after its body.
    """

    outcome: StrictInt
    status: StrictInt = 0
    headers: Headers = field(default_factory=list)
    error: str = ""
    text: str = ""


# From the program.


@dataclass(frozen=True)
class Started:
    """The app has started, or could not: then this says why, and `observation` is an Explanation's."""

    started: str
    observation: str = ""


@dataclass(frozen=True)
class Stopped:
    """The app has stopped."""

    stopped: StrictBool


@dataclass(frozen=True)
class Standing:
    """Where the program stands or waits, in words; both are an Explanation's."""

    standing: str
    observation: str = ""


@dataclass(frozen=True)
class Reply:
    """The app's answer to a request, with its body; two are an Explanation's of the exception behind it."""

    reply: StrictInt
    status: StrictInt
    headers: Headers
    explanation: str = ""
    observation: str = ""
    blocked: StrictBool = False


@dataclass(frozen=True)
class Logged:
    """A record of the app's log."""

    log: str
    text: str
    library: StrictBool = False
    at_start: StrictBool = False
    formatted: str = ""


@dataclass(frozen=True)
class Contact:
    """The app tried to reach this host and port by a socket."""

    contact: str


@dataclass(frozen=True)
class Ask:
    """A request that leaves the app through httpx, with its body.

    `timeout` is httpx's for reading, in seconds; `provider.wire` sees to it that it is a number. `blocks` says whether
    the request blocks the app's event loop; anything but true is false.
    """

    ask: StrictInt
    method: str
    url: str
    headers: list[tuple[str, str]]
    timeout: Any
    blocks: Annotated[bool, BeforeValidator(lambda given: given is True)]


@dataclass(frozen=True)
class NoRequest:
    """What has the number of an Ask, and no more of it: it gets an exception for an answer."""

    ask: StrictInt


ToProgram = Start | Do | Request | Outcome
FromProgram = Ask | NoRequest | Logged | Reply | Started | Stopped | Standing | Contact
_Order = Annotated[Start | Do | Request, Field(discriminator="do")]
TO_PROGRAM: TypeAdapter[ToProgram] = TypeAdapter(Annotated[Outcome | _Order, Field(union_mode="left_to_right")])
FROM_PROGRAM: TypeAdapter[FromProgram] = TypeAdapter(Annotated[FromProgram, Field(union_mode="left_to_right")])
_BOTH: TypeAdapter[ToProgram | FromProgram] = TypeAdapter(ToProgram | FromProgram)


def header(message: ToProgram | FromProgram) -> dict[str, Any]:
    """Return a message as the header of a frame."""
    fields: dict[str, Any] = _BOTH.dump_python(message)
    return fields


def read(messages: TypeAdapter[T], header: dict[str, Any]) -> T:
    """Return the message in a header. Raises BrokenChannel for one that has no meaning."""
    try:
        return parse(messages, header)
    except BadMessage:
        raise BrokenChannel("sent a frame that has no meaning") from None
