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

from grading.litellm_environment import no_retry_delay


async def acompletion(arguments: dict[str, Any]) -> str | None:
    return text(await litellm.acompletion(**arguments))


async def astream(arguments: dict[str, Any]) -> str | None:
    chunks = await litellm.acompletion(stream=True, **arguments)
    return "".join([delta(chunk) async for chunk in chunks])


def completion(arguments: dict[str, Any]) -> str | None:
    return text(litellm.completion(**arguments))


def stream(arguments: dict[str, Any]) -> str | None:
    return "".join(delta(chunk) for chunk in litellm.completion(stream=True, **arguments))


def text(answer: Any) -> str | None:
    return answer.choices[0].message.content if answer.choices else None


def delta(chunk: Any) -> str:
    return (chunk.choices[0].delta.content or "") if chunk.choices else ""


async def main() -> None:
    litellm.suppress_debug_info = True
    for line in sys.stdin:
        asked = json.loads(line)
        answer: dict[str, Any]
        try:
            if asked["style"] == "acompletion":
                answer = {"text": await acompletion(asked["arguments"])}
            elif asked["style"] == "astream":
                answer = {"text": await astream(asked["arguments"])}
            else:
                style = {"completion": completion, "stream": stream}[asked["style"]]
                answer = {"text": style(asked["arguments"])}
        except Exception as error:
            answer = {"error": type(error).__name__, "is_openai": isinstance(error, openai.APIError)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    with no_retry_delay():
        asyncio.run(main())
