"""Keys and paths are taken out of what a page quotes, and what a student needs stays."""

from __future__ import annotations

import re
import time
from html import escape

import pytest
from markdown_it import MarkdownIt

from grading.pages.render import escape_markdown
from grading.pages.scrub import scrub
from grading.results.result import not_graded
from grading.tests.marks import a_result, message
from grading.tests.pages.feedback_pages import pages

SECRETS = {
    "/home/ada/kit/starter/main.py": "…/main.py",
    'File "/tmp/submission-x1/submission/main.py", line 3': 'File "…/main.py", line 3',
    "see /Users/prof/Library/secret.txt.": "see [path]",
    "file:///srv/llm/run.py": "…/run.py",
    "~/.config/litellm/keys": "[path]",
    r"C:\Users\Ada Lovelace\kit\main.py": "…/main.py",
    r"""200 {"detail":"C:\\\\Users\\\\prof\\\\x.txt"}""": r"""200 {"detail":"[path]"}""",
    r"\\fileserver\share\marks": "[path]",
    "sk-proj-abcDEF0123456789": "[key]",
    "sk-ant-api03-abc_DEF-012": "[key]",
    "AIzaSyA0123456789abcdefghijklmnopq": "[key]",
    "gsk_0123456789abcdef": "[key]",
    "ghp_0123456789abcdef": "[key]",
    "Authorization: Bearer abcdef123456": "Authorization: Bearer [key]",
    "eyJhbGciOiJIUzI1.eyJzdWIi.c2ln": "[key]",
}
HARMLESS = [
    'POST /generate/stream {"message":"a/b/c"}',
    "GET /docs/oauth2-redirect",
    "the path /openapi.json, or /health",
    "notebooks/07_limit_the_input.ipynb, or a hint: grade hint 7",
    "http://127.0.0.1:8000/generate/stream",
    "a/an text and/or more; 1/2 of 3; task-based, disk-0123456789",
    '{"response":"12:30 it is\\nnew line"}',
]


def test_a_name_on_github_is_no_mention() -> None:
    shown = MarkdownIt().render(escape_markdown("@octocat and x@y.example"))
    assert not re.search(r"@\w", shown)
    assert shown.replace("\N{WORD JOINER}", "") == "<p>@octocat and x@y.example</p>\n"


@pytest.mark.parametrize(("text", "left"), SECRETS.items())
def test_keys_and_paths_are_taken_out(text: str, left: str) -> None:
    assert scrub(text).rstrip(".") == left.rstrip(".")


@pytest.mark.parametrize("text", HARMLESS)
def test_what_a_student_needs_stays(text: str) -> None:
    assert scrub(text) == text


@pytest.mark.parametrize(
    "piece", ["eyJ-", "eyJaaaaaaaa", "sk-", "AIza-", "/a", "/..", "~/", "\\\\a", "C:\\a ", "a:/", "Bearer ", "file://"]
)
def test_a_long_text_takes_linear_time(piece: str) -> None:
    """A program may say of itself what it likes: some patterns once took half a minute for it."""
    began = time.process_time()
    scrub(piece * (400_000 // len(piece)))
    assert time.process_time() - began < 1


def test_no_key_and_no_path_gets_onto_a_page() -> None:
    text = "\n".join(SECRETS)
    for result in (a_result({7: message(text)}), not_graded(text)):
        for page in pages(result):
            assert [secret for secret in SECRETS if secret in page or escape(secret) in page] == []
