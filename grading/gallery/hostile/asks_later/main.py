import asyncio
import os

import litellm
from honest import app as honest

tasks = []


async def ask_later():
    await asyncio.sleep(0.2)
    await litellm.acompletion(
        model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": "Still there?"}], timeout=30
    )


async def app(scope, receive, send):
    """Ask the model once more, soon after each good answer."""

    async def answer(message):
        await send(message)
        if message["type"] == "http.response.start" and message["status"] == 200:
            tasks.append(asyncio.create_task(ask_later()))

    post = scope["type"] == "http" and scope["path"] == "/generate"
    await honest(scope, receive, answer if post else send)
