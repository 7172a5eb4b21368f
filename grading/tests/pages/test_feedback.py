"""The feedback for a student says what helps, and runs nothing that the student wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

from markdown_it import MarkdownIt

from grading.classroom.entry import Lateness
from grading.judging.student_tests.programs import programs
from grading.pages.feedback import feedback_html, feedback_markdown
from grading.results.failure import Failure
from grading.results.result import TestResult, not_graded
from grading.results.steps import STEPS
from grading.tests.marks import BELIEF, a_mark, a_result, failed, message
from grading.tests.pages.feedback_pages import pages

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> [a](javascript:x) `` ` ``` www.evil.example {{ 7*7 }}"
TAGS = set(
    "html head meta link title style body a header p h1 main section h2 h3 div table thead tr th tbody td span".split()
)
TAGS |= set("strong details summary dl dt dd ol ul li code pre footer".split())


class Reader(HTMLParser):
    """Collects tags, attributes and the text outside of the style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] != ["style"]:
            self.text += data


def test_nothing_that_a_student_wrote_becomes_html() -> None:
    belief = replace(BELIEF, title=EVIL, explanation=EVIL)
    for result in (a_result({7: message(EVIL)}), a_result({7: f"{EVIL}\n```\n{EVIL}"}), not_graded(EVIL)):
        mark = a_mark(result, name=EVIL)
        page = Reader(feedback_html(mark, belief))
        assert set(page.tags) <= TAGS
        assert not [name for name, _ in page.attributes if name.startswith("on")]
        assert all((value or "")[:1] == "#" or value == "data:," for name, value in page.attributes if name == "href")
        assert EVIL in page.text
        rendered = Reader(
            MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(feedback_markdown(mark, belief))
        )
        assert not {"script", "img", "a"} & set(rendered.tags)
        assert EVIL.split(" `` ")[0] in rendered.text


def test_the_pages_policy_allows_its_style_only() -> None:
    page = feedback_html(a_mark(a_result()), None)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:;" in page
    assert "<script" not in page


def test_the_record_of_others_is_not_on_the_page() -> None:
    for page in pages(a_result({7: message()})):
        assert "Ada Lovelace" in page
        assert "canary" not in page


def test_signs_that_no_file_can_hold_or_that_turn_a_line_round() -> None:
    odd = "a\udcffb\u202ec\x1bd"
    for result in (a_result({7: message(odd)}), not_graded(odd)):
        for write in (feedback_html, feedback_markdown):
            page = write(a_mark(result, name=odd), None)
            page.encode()
            assert not {"\udcff", "\u202e", "\x1b"} & set(page)
    assert "Feedback for the-key" in feedback_html(a_mark(a_result(), "the-key", " "), None)


def test_each_failed_test_shows_its_four_parts() -> None:
    result = a_result({6: message("500 one"), 7: message("200 two")})
    html, markdown = pages(result)
    read = Reader(html).text
    for text in ("500 one", "200 two"):
        assert read.count(text) == markdown.count(text) == 1  # the second case says the same, and is named
    for part in ("sent", "came back", "expected", "look at"):
        assert f"<dt>{part}</dt>" in html
        assert f"\n{part}:" in markdown
    assert read.count("The same for: It works (two)") == markdown.count("The same for: It works (two)") == 2
    # The cases of one test stand together, with their own messages where those differ.
    other = failed("test_step_07_limit_the_input::test_it_works[three]", 7, 0, message("200 three"))
    assert all(
        "200 three" in page and page.index("200 two") < page.index("200 three")
        for page in pages(replace(result, tests=(*result.tests, other)))
    )


def test_steps_marks_and_what_comes_next() -> None:
    for page in pages(a_result({6: message(), 7: message()}), cause=BELIEF):
        for text in (
            "60 of 90 marks, bonus 10 of 10",
            "20 / 20",
            "0 of 2 tests",
            "grade hint 6",
            STEPS[5].objective,
            "Step 9 (Test it) is not marked yet.",
        ):
            assert text in page
        for text in ("Minutes for seconds", "a time-out is given in minutes.", "How long to wait"):
            assert text in page
        assert page.index("60 of 90") < page.index("What to do next") < page.index("What the tests saw")
    for page in pages(a_result(), cause=BELIEF):
        assert "Well done!" in page
        assert "Minutes" not in page
        assert "What the tests saw" not in page


def test_what_was_not_checked_says_why_once() -> None:
    tests = [TestResult(f"test_step_03_x::test_{i}", 3, "skipped", 0, 1, "the app did not start") for i in range(9)]
    for page in pages(a_result({1: message()}, *tests)):
        assert page.count("the app did not start") == 1
        assert "not checked yet" in page


def test_a_fault_of_the_suite_is_not_the_students() -> None:
    fault = TestResult("test_step_03_x::test_y", 3, "error", 0, 1, "Traceback of-ours")
    for page in pages(a_result({}, fault)):
        assert "It is not your fault" in page
        assert "of-ours" not in page


def test_lateness_stands_beside_the_raw_mark() -> None:
    for page in pages(a_result({7: message()}), late=Lateness(2, 20, 72)):
        assert "80 of 90 marks" in page
        assert "Handed in 2 days late: 20 % is taken off. With the bonus, 72 marks count." in page
    for page in pages(a_result(), late=Lateness(0, 0, 100)):
        assert "Handed in in time." in page


def test_not_graded_says_why_and_what_to_do() -> None:
    for page in pages(not_graded("main.py has a syntax error on line 3.")):
        assert "Not graded" in page
        assert "main.py has a syntax error on line 3." in page
        assert "grade check" in page
        assert "0 of 90" not in page


def test_it_says_which_upload_was_marked_and_when_the_page_was_made() -> None:
    mark = a_mark(a_result({7: message()}))
    handed_in = replace(mark, entry=replace(mark.entry, submitted="2026-11-20T23:41:07+01:00"))
    for write in (feedback_html, feedback_markdown):
        page = write(handed_in, None, today=date(2026, 11, 28))
        assert "your upload of 20 November 2026, 23:41 (UTC+0100), fingerprint 000000000000." in page
        assert "made on Saturday, 28 November 2026." in page
        unknown = write(mark, None)
        assert "Marked: your upload, fingerprint 000000000000." in unknown
        assert "made on" not in unknown
    odd = replace(mark, entry=replace(mark.entry, submitted="last night"))
    assert "Marked: your upload, fingerprint" in feedback_html(odd, None)


def test_tests_that_saw_the_same_come_back_share_one_message() -> None:
    sent = [f"POST /generate, while the provider answers {status}" for status in (504, 429, 413, 502)]
    tests = [
        failed(
            f"test_step_06_x::test_rule_{number}", 6, 1, Failure.of(text, "500 Internal Server Error", text[-3:], "")
        )
        for number, text in enumerate(sent)
    ]
    page = feedback_html(a_mark(a_result({}, *tests)), None)
    assert page.count("500 Internal Server Error") == 1
    assert "The same came back in 3 more:" in page
    assert all(text in page for text in sent)


def test_the_bonus_that_nobody_needs_is_not_called_a_failure() -> None:
    for page in pages(a_result({10: message()})):
        assert "not done, optional" in page
        assert "not yet" not in page


def test_a_bug_that_slipped_through_is_named_by_its_sentence() -> None:
    name, bug = programs().broken[0].name, programs().broken[0].bug
    missed = failed(f"own_tests::catch_a_bug[{name}]", 9, 0.5, message())
    skipped = replace(missed, status="skipped", failure=None, message="Not checked yet.")
    for page in pages(a_result({}, missed)):
        assert f"A program that {bug}" in page.replace("&#39;", "'")
        assert name not in page
    for page in pages(a_result({}, skipped)):
        assert bug not in page
