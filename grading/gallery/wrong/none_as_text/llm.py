import os

import litellm

TIMEOUT = 30


async def complete(prompt: str) -> str:
    completion = await litellm.acompletion(
        model=os.environ["LLM_MODEL"], messages=[{"role": "user", "content": prompt}], timeout=TIMEOUT
    )
    texts = [str(choice.message.content) for choice in completion.choices]
    return "".join(texts[:1])
