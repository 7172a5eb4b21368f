import os

import honest
import litellm
from honest import app as app

PROMPT = "a" * 980_000 + "\U0001f600"  # one such letter, and Python takes four bytes for each


async def ask_model(message, stream=False):
    messages = [{"role": "system", "content": PROMPT}, {"role": "user", "content": message}]
    for _ in range(20):
        await litellm.acompletion(model=os.environ["LLM_MODEL"], messages=messages, timeout=30)


honest.ask_model = ask_model
