"""Our own errors, each with the status and the sentence that the caller gets."""


class LLMError(Exception):
    status = 502
    sentence = "The language model did not answer."


class NoAnswerError(LLMError):
    pass


class TooSlowError(LLMError):
    status = 504
    sentence = "The language model did not answer in time."


class BusyError(LLMError):
    status = 429
    sentence = "The language model is busy."


class PromptTooLongError(LLMError):
    status = 413
    sentence = "The message is too long for the language model."
