"""A student's program that asks through LiteLLM, in a process of its own, with LiteLLM's own transports.

Each line on stdin is JSON, {"style": …, "arguments": {…}}; each line on stdout says what came of it:
{"text": …}, or {"error": the exception's class, "is_openai": is it an openai.APIError}. The variable
LLAMAFILE_API_BASE says where to ask.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import litellm
import openai

from grading.provider.litellm_environment import no_retry_delay


async def ask(style: str, arguments: dict[str, Any]) -> str | None:
    """Return the text, in the style completion, acompletion, stream or astream."""
    waits, streams = style.startswith("a"), style.endswith("stream")
    settings = {**arguments, "stream": streams}
    answer: Any = await litellm.acompletion(**settings) if waits else litellm.completion(**settings)
    if not streams:
        return answer.choices[0].message.content if answer.choices else None
    chunks = [chunk async for chunk in answer] if waits else list(answer)
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


async def main() -> None:
    litellm.suppress_debug_info = True
    for line in sys.stdin:
        asked = json.loads(line)
        answer: dict[str, Any]
        try:
            answer = {"text": await ask(asked["style"], asked["arguments"])}
        except Exception as error:
            answer = {"error": type(error).__name__, "is_openai": isinstance(error, openai.APIError)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    with no_retry_delay():
        asyncio.run(main())
