"""What differs from answer to answer of a real provider: ids, times, and token counts that fit the texts.

The dialects always write the same values, by which a program could tell the tests from a real provider.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from grading.provider.wire._chat import JsonObject

_IDS = {"kit": "chatcmpl-", "msg_kit": "msg_01", "resp_kit": "resp_"}
_TIMES = frozenset(["created", "created_at"])  # a number, or a text
_ASKED = frozenset("prompt_tokens input_tokens promptTokenCount prompt_eval_count inputTokens".split())
_SAID = frozenset("completion_tokens output_tokens candidatesTokenCount eval_count outputTokens".split())
_TOTAL = frozenset("total_tokens totalTokenCount totalTokens".split())
_CHARACTERS = 4  # of a token, roughly


def lifelike(asked: str, said: str) -> Callable[[JsonObject], JsonObject]:
    """Return what fills in one answer, or each event of one: a function from a dialect's JSON to a real provider's.

    asked: the prompt; said: the model's text.
    """
    now, digits = time.time(), secrets.token_hex(12)
    tokens = [len(text) // _CHARACTERS + 1 for text in (asked, said)]

    def value(name: str, old: object) -> object:
        if isinstance(old, str) and name in ("id", "item_id") and old in _IDS:
            return _IDS[old] + digits
        if name in _TIMES:
            return int(now) if isinstance(old, int) else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))
        if name in _ASKED:
            return tokens[0]
        if name in _SAID:
            return tokens[1]
        return sum(tokens) if name in _TOTAL else filled(old)

    def filled(old: object) -> object:
        if isinstance(old, dict):
            return {name: value(name, each) for name, each in old.items()}
        return [filled(each) for each in old] if isinstance(old, list) else old

    return lambda body: {name: value(name, each) for name, each in body.items()}
