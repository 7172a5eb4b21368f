"""Find what an answer must not tell of a failure: keys, hosts, paths, tracebacks and the names of exceptions."""

from __future__ import annotations

import re

from grading.provider.litellm_environment import CANARY
from grading.suite.traces import trace

EXCEPTIONS = """
    APIConnectionError APIError APIResponseValidationError APIStatusError APITimeoutError AuthenticationError
    BadGatewayError BadRequestError ConflictError ContentPolicyViolationError ContextWindowExceededError
    InternalServerError JSONSchemaValidationError MidStreamFallbackError NotFoundError OpenAIError
    PaymentRequiredError PermissionDeniedError RateLimitError RejectedRequestError ServiceUnavailableError
    UnprocessableEntityError UnsupportedEndpointError UnsupportedParamsError
""".split()
"""LiteLLM's and OpenAI's, but Timeout, which is also a plain word. The judge need not import either for them."""
_LEAKS = re.compile(
    rf"secret-(?=[0-9a-f])|{CANARY}|\.internal\.example|api\.(?:openai|anthropic)\.com|/srv/llm|Traceback|site-packages"
    rf"|\.py\b|litellm\.\w*(?:Error|Timeout)|\b(?:{'|'.join(EXCEPTIONS)})\b|\b(?:ConnectError|ReadTimeout)\b",
    re.IGNORECASE,
)


def leak(text: str, secret: str = "") -> str:
    """Return what `text` tells of a failure of the provider's, whose words all held `secret`; "" for nothing."""
    found = _LEAKS.search(text)
    return found.group() if found else (trace(secret, text) and "a part of the provider's message")
