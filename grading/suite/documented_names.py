"""Ask a program by the names that it documents, if those of the contract are refused.

Path and field are step 2's affair: so another path, or another name of the field, costs step 2 and no other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from grading.suite.json_body import read_json
from grading.suite.openapi_schema import json_schema, required_strings, resolve

REFUSED = (301, 302, 303, 307, 308, 401, 403, 404, 405, 415, 422)
"""The statuses with which a program turns away a request of another form, or from somebody else, than it takes."""
_STREAM = "/stream"
_LONGEST = 200  # characters of a name
_PATH = re.compile(r"/[ -~]*")  # printable ASCII


@dataclass(frozen=True)
class Names:
    """The path that takes a message, and the field of the body that holds it."""

    path: str
    field: str


CONTRACT = Names("/generate", "message")


def documented_names(document: object) -> Names | None:
    """Return the names of the one POST route that takes one required string; None if they are the contract's.

    Also None if there are several such routes, or none: one for streams does not count, nor one that no request fits.
    """
    paths = resolve(document, document, "paths")
    found: set[Names] = set()
    for path in map(str, paths) if isinstance(paths, dict) else ():
        body = json_schema(document, resolve(document, document, "paths", path, "post", "requestBody"))
        strings = required_strings(document, body)
        if len(strings) == 1 and not path.endswith(_STREAM):
            found.add(Names(path, strings.pop()))
    found = {names for names in found if _can_be_sent(names)}
    if not found:
        return None
    here = {names for names in found if names.path == CONTRACT.path} or found
    return None if len(here) > 1 or CONTRACT in here else here.pop()


def _can_be_sent(names: Names) -> bool:
    """Whether a request can have these names, which a student's program may have made up of anything."""
    try:
        short = max(len(names.path), len(names.field.encode())) <= _LONGEST
    except UnicodeEncodeError:  # half a surrogate pair
        return False
    # No template, and nothing that ends a path.
    return short and _PATH.fullmatch(names.path) is not None and not set("{?#").intersection(names.path)


def ask_for_names(client: httpx.Client) -> Names | None:
    """Read /openapi.json; see `documented_names`."""
    return documented_names(read_json(client.get("/openapi.json")))


def rewriting(names: Names) -> Callable[[httpx.Request], httpx.Request]:
    """Return what puts these names in place of the contract's, in requests that have a body in JSON."""

    def rewrite(request: httpx.Request) -> httpx.Request:
        path = request.url.path
        if request.method != "POST" or path not in (CONTRACT.path, CONTRACT.path + _STREAM):
            return request
        body = json.loads(request.content)
        if CONTRACT.field in body:
            body[names.field] = body.pop(CONTRACT.field)
        url = request.url.copy_with(path=names.path) if path == CONTRACT.path else request.url
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return httpx.Request("POST", url, headers=headers, content=content, extensions=request.extensions)

    return rewrite
