"""A page gives nothing away about hidden tests but what the instructor allows."""

from __future__ import annotations

from grading.classroom.entry import Lateness
from grading.pages.feedback import without_hidden
from grading.tests.marks import a_result, failed, message, with_hidden
from grading.tests.pages.feedback_pages import pages


def test_a_page_is_the_same_with_and_without_hidden_tests() -> None:
    known = a_result({7: message()})
    assert without_hidden(with_hidden(known)) == known
    assert pages(with_hidden(known)) == pages(known)
    assert pages(with_hidden(a_result())) == pages(a_result())
    for page in pages(with_hidden(known), late=Lateness(1, 10, 81.9)):
        assert "10 % is taken off" in page
        assert "81.9" not in page  # from it and the percents, the hidden marks could be computed


def test_hidden_tests_of_an_own_step_leave_no_row() -> None:
    hidden = failed("own::test_canary", 0, 5, message(), hidden=True)
    shown = failed("own::test_of_the_colour", 0, 5, message("200 blue"))
    for page in pages(a_result({}, hidden)):
        assert "Your instructor's own tests" not in page.replace("&#39;", "'")
        assert "canary" not in page
    for page in pages(a_result({}, hidden, shown)):
        assert "0 / 5" in page
        assert "90 of 95 marks" in page
        assert "Of the colour" in page


def test_the_instructor_can_allow_their_number() -> None:
    for page in pages(with_hidden(a_result()), show_hidden=True):
        assert "2 more tests of your instructor's: 1 passed." in page.replace("&#39;", "'")
        assert "93 of 97 marks" in page
        assert "canary" not in page
        assert "the-hidden-answer" not in page
