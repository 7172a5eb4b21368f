import asyncio
import itertools
import os
import threading
import time

import litellm
from honest import app as honest

QUESTION = {"model": os.environ["LLM_MODEL"], "messages": [{"role": "user", "content": "Still there?"}], "timeout": 30}
tasks = []


def in_a_thread():
    time.sleep(2)
    litellm.completion(**QUESTION)


def by_a_timer():
    timer = threading.Timer(2, litellm.completion, kwargs=QUESTION)
    timer.daemon = True
    timer.start()


def by_a_timer_of_the_loop():
    loop = asyncio.get_running_loop()
    loop.call_later(2, lambda: tasks.append(loop.create_task(litellm.acompletion(**QUESTION))))


def after_waiting_in_vain():
    async def work():
        nothing = asyncio.create_task(asyncio.Event().wait())
        await asyncio.wait([nothing], timeout=2)
        await litellm.acompletion(**QUESTION)

    tasks.append(asyncio.create_task(work()))


WAYS = itertools.cycle(
    [
        lambda: threading.Thread(target=in_a_thread, daemon=True).start(),
        by_a_timer,
        by_a_timer_of_the_loop,
        after_waiting_in_vain,
        lambda: asyncio.get_running_loop().run_in_executor(None, in_a_thread),
    ]
)


async def app(scope, receive, send):
    """Ask the model once more, two seconds after each good answer, in another way each time."""

    async def answer(message):
        await send(message)
        if message["type"] == "http.response.start" and message["status"] == 200:
            next(WAYS)()

    post = scope["type"] == "http" and scope["path"] == "/generate"
    await honest(scope, receive, answer if post else send)
