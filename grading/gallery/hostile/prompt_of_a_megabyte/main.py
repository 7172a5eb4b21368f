import os

import honest
import litellm
from honest import app as app


async def ask_model(message, stream=False):
    messages = [{"role": "user", "content": "a" * 600_000}]
    return await litellm.acompletion(model=os.environ["LLM_MODEL"], messages=messages, stream=stream, timeout=30)


honest.ask_model = ask_model
