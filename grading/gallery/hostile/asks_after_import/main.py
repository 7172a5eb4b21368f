import asyncio
import os
import threading
import time

import litellm
from honest import app as honest

QUESTION = {
    "model": os.environ["LLM_MODEL"],
    "messages": [{"role": "user", "content": "Anybody there?"}],
    "timeout": 30,
}


def ask_later():
    time.sleep(1.5)
    litellm.completion(**QUESTION)


threading.Thread(target=ask_later, daemon=True).start()
tasks = []


async def ask_in_a_task():
    await asyncio.sleep(1.5)
    await litellm.acompletion(**QUESTION)


async def app(scope, receive, send):
    """Ask the model one and a half seconds after the import, and after the start."""
    if scope["type"] == "lifespan":
        tasks.append(asyncio.create_task(ask_in_a_task()))
    await honest(scope, receive, send)
