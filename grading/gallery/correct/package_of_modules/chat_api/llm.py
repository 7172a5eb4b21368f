"""The only module that knows LiteLLM."""

import os

import litellm
import openai

from .errors import BusyError, NoAnswerError, PromptTooLongError, TooSlowError

TIMEOUT = 30


async def answer(message: str) -> str:
    try:
        completion = await litellm.acompletion(
            model=os.environ["LLM_MODEL"],
            messages=[{"role": "user", "content": message}],
            timeout=TIMEOUT,
            num_retries=0,
        )
    except litellm.Timeout as error:
        raise TooSlowError from error
    except litellm.RateLimitError as error:
        raise BusyError from error
    except litellm.ContextWindowExceededError as error:
        raise PromptTooLongError from error
    except openai.APIError as error:
        raise NoAnswerError from error

    texts = [choice.message.content for choice in completion.choices]
    if not texts or not texts[0]:
        raise NoAnswerError
    return texts[0]
