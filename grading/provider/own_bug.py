"""Let a call to LiteLLM raise what no provider raises, as a bug in the program's own code would.

This is for one start of the app, in whose environment `libraries` finds the variable OWN_BUG. Before each call the
provider is asked which bug to have; without one the call goes on as usual. So the suite decides request by request,
whichever process the program runs in.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import httpx
import litellm
import litellm.main

from grading.provider.provider import BUGS, OWN_BUG_URL

# `Router`, `LiteLLM` and the functions that retry go through these.
_CALLS = "completion acompletion text_completion atext_completion responses aresponses moderation amoderation"


@contextmanager
def own_bugs(wanted: bool) -> Iterator[None]:
    """Within it, every way to call LiteLLM asks for a bug first, if `wanted`. Enter it before importing the program."""
    if not wanted:
        yield
        return
    with ExitStack() as stack, httpx.Client(verify=False, trust_env=False) as client:
        for module in (litellm, litellm.main):
            for name in _CALLS.split():
                if (call := getattr(module, name, None)) is not None:
                    stack.enter_context(mock.patch.object(module, name, _with_bugs(call, client)))
        yield


def _with_bugs(call: Callable[..., Any], client: httpx.Client) -> Callable[..., Any]:
    def have_one() -> None:
        kind, _, text = client.get(OWN_BUG_URL).text.partition(": ")
        if kind:
            raise BUGS[kind](text)

    @functools.wraps(call)
    def plain(*args: Any, **options: Any) -> Any:
        have_one()
        return call(*args, **options)

    @functools.wraps(call)
    async def awaited(*args: Any, **options: Any) -> Any:
        have_one()
        return await call(*args, **options)

    return awaited if inspect.iscoroutinefunction(call) else plain
