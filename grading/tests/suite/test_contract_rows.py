"""Which test of the suite judges which sentence of the contract: none is forgotten, and no test judges more."""

from __future__ import annotations

import functools

import pytest

from grading import KIT
from grading.harness.recorder import Recorder

# A row or sentence of the contract -> the tests that judge it: `step function` or `step function[case]`.
ROWS: dict[str, str] = {
    # What the student hands in.
    "main.py has an ASGI or WSGI app; run as uvicorn main:app": """
        1 the_app_starts_and_answers
        5 a_live_server_answers""",
    "importing main and starting the app makes no LLM call and opens no connection": "1 importing_asks_nobody",
    "importing main works with no key set": "1 the_app_starts_without_a_key",
    "the model is the environment variable LLM_MODEL": "3 llm_model_chooses_the_model",
    "no key and no provider's address stands in the source": """
        3 llm_model_chooses_the_model[anthropic]
        3 llm_model_chooses_the_model[ollama]
        3 no_key_stands_in_the_source[no-key]""",
    "a model's name with more than one slash": "3 llm_model_chooses_the_model[openai]",
    # POST /generate: the table.
    "200, application/json": "4 the_answer_is_the_models_text",
    'exactly {"response": "<the model\'s text, unchanged>"}': """
        4 the_answer_is_the_models_text
        4 the_text_is_unchanged
        4 each_request_gets_its_own_answer""",
    '{"message": "<text>"} is a good request': "2 a_good_request_is_accepted",
    "also one character, several lines, white space in front": "7 a_message_within_the_limits_is_accepted",
    "body missing: 422, the provider is not called": "2 a_body_that_is_no_object_is_refused[none]",
    "body not JSON: 422, the provider is not called": "2 a_body_that_is_no_object_is_refused[not-json]",
    "body not an object: 422, the provider is not called": """
        2 a_body_that_is_no_object_is_refused[list]
        2 a_body_that_is_no_object_is_refused[string]""",
    "message missing: 422, the provider is not called": "2 a_message_that_is_no_string_is_refused[missing]",
    "message null: 422, the provider is not called": "2 a_message_that_is_no_string_is_refused[null]",
    "message not a string: 422, the provider is not called": """
        2 a_message_that_is_no_string_is_refused[number]
        2 a_message_that_is_no_string_is_refused[object]""",
    "message empty: 422, the provider is not called": "7 a_blank_message_is_refused[empty]",
    "message of white space only: 422, the provider is not called": """
        7 a_blank_message_is_refused[spaces]
        7 a_blank_message_is_refused[line-breaks]""",
    "message longer than 4,000 characters: 422, the provider is not called": "7 4000_characters_are_the_limit[ascii]",
    "4,000 itself is accepted; characters, not bytes": "7 4000_characters_are_the_limit[emoji]",
    "GET, PUT, DELETE on /generate: 405": "2 other_methods_are_refused",
    # POST /generate: the sentences below the table.
    "every good request sends exactly one chat request": "3 the_model_is_asked_once",
    "also one whose message was asked before: nothing is cached": "3 the_model_is_asked_once",
    "the old text completions interface is no chat request": "3 llm_model_chooses_the_model[openai]",
    "its last message has the role user and the message as content": "3 the_message_reaches_the_model[plain]",
    "Unicode unharmed": "3 the_message_reaches_the_model[unicode]",
    "one user's text never shows up in another user's request": "3 users_are_kept_apart",
    "one user's text never shows up in another user's answer": "4 each_request_gets_its_own_answer",
    "... however they overlap": "8 requests_overlap",
    "the model's text as it is: code fences, labels, cut by its length": """
        4 the_text_is_unchanged[code-block]
        4 the_text_is_unchanged[label]
        4 the_text_is_unchanged[cut-off]""",
    "/openapi.json documents the body": "2 the_body_is_documented",
    "/openapi.json documents the answer": "4 the_answer_is_documented",
    "/openapi.json of the running server": "5 a_live_server_documents_itself",
    # When the provider fails.
    "no answer in time: 504": "6 no_answer_in_time_is_504",
    "it throttles us (429): 429": "6 throttled_is_429",
    "prompt longer than the context window: 413": "6 prompt_too_long_for_the_model_is_413",
    "400, 401, 403, 404, 5xx, 529: 502": "6 other_refusals_are_502",
    "no connection: 502": "6 no_connection_is_502",
    "an answer that is not JSON: 502": "6 an_unusable_answer_is_502[not-json]",
    "an answer without choices: 502": "6 an_unusable_answer_is_502[no-choices]",
    "null or empty text: 502": """
        6 an_unusable_answer_is_502[null-text]
        6 an_unusable_answer_is_502[empty-text]""",
    'the body is always {"detail": "<a sentence of the student\'s own>"}': """
        6 no_answer_in_time_is_504
        6 throttled_is_429
        6 prompt_too_long_for_the_model_is_413
        6 other_refusals_are_502
        6 no_connection_is_502
        6 an_unusable_answer_is_502""",
    "nothing of the provider's message, key, host, path or traceback in body or header": """
        6 nothing_of_the_providers_message_leaks""",
    "this holds for every provider": """
        6 another_provider_fails_alike
        6 a_local_model_that_does_not_run_is_502""",
    "a bug of the student's own stays a 500 and is not dressed up as 502 or 422": "6 a_bug_of_your_own_stays_500",
    "a failure ends with that request": "6 a_failure_ends_with_its_request",
    "a failing provider is asked at most 3 times": "6 a_failing_provider_is_asked_three_times_at_most",
    # Under load.
    "requests overlap": "8 requests_overlap",
    "a time-out of at most 60 seconds, visible on the outgoing request": """
        8 every_call_has_a_time_out
        8 calls_to_another_provider_have_a_time_out""",
    # Extensions.
    "logging: one record with outcome and time for each request": """
        10 a_good_request_is_logged
        10 a_failed_request_is_logged""",
    "neither the message, nor the answer, nor a key is in any log output": "10 the_log_keeps_secrets",
    "GET /health answers 200 without calling the provider": "10 health_answers_without_the_model",
    "POST /generate/stream: content type, events, deltas, [DONE]": "10 the_stream_has_the_whole_text",
    "a stream that breaks off has no [DONE], and no word of the error": "10 a_stream_that_breaks_off_has_no_done",
    "no user's text in another user's request or answer, by /generate or as a stream": """
        10 a_stream_knows_nothing_of_other_requests""",
    "POST /generate/stream: the same validation": "10 the_stream_checks_its_input",
}

# What no test of the suite judges, and why.
NOT_JUDGED: dict[str, str] = {
    "test_main.py, the student's own tests": "they are judged by running them, not by the suite",
    "more modules beside main.py are fine": "a freedom, not a duty: the gallery's correct programs use it",
    "LLM_MODEL is read at import or at each request": "either is right; it does not change while a program runs",
    "nothing of a failure appears in any other answer": (
        "there is no end of other answers; the next good one is compared as a whole"
    ),
    "everything under 'Left free'": "the contract leaves it to the student",
}


@functools.cache
def suite() -> list[str]:
    """Return the ids of the suite's tests."""
    recorder = Recorder()
    pytest.main(
        [
            str(KIT / "tests"),
            "--collect-only",
            "-c",
            str(KIT / "pyproject.toml"),
            "-pno:terminal",
            "-pno:cacheprovider",
        ],
        plugins=[recorder],
    )
    return recorder.collected


def judged_by(row: str) -> set[str]:
    """Return the ids that a row names."""
    ids = suite()
    found = set()
    for line in ROWS[row].strip().splitlines():
        step, name = line.split()
        prefix, function = f"test_step_{int(step):02}_", f"::test_{name}"
        ours = {each for each in ids if each.startswith(prefix)}
        named = {each for each in ours if each.endswith(function) or f"{function}[" in each}
        assert named, f"{row}: the suite has no test {line.strip()}"
        found |= named
    return found


def test_every_row_of_the_contract_is_judged_and_every_test_judges_one() -> None:
    assert set().union(*map(judged_by, ROWS)) == set(suite())


def test_what_is_not_judged_has_a_reason() -> None:
    assert not ROWS.keys() & NOT_JUDGED.keys()
    assert all(reason.strip() for reason in NOT_JUDGED.values())
