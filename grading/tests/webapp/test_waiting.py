"""How long a judge waits: as long as it says on a computer of its own, and longer where others compute."""

from __future__ import annotations

import os

import pytest

from grading.results.failure import Explanation
from grading.webapp.waiting import TooSlow, WaitingBudget


def crowd(monkeypatch: pytest.MonkeyPatch, load: float) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


@pytest.mark.parametrize(("load", "seconds"), [(0, 10), (8, 10), (20, 25), (100, 40)])
def test_a_busy_computer_gives_a_program_more_time(
    monkeypatch: pytest.MonkeyPatch, load: float, seconds: float
) -> None:
    crowd(monkeypatch, load)
    budget = WaitingBudget(1_000, 10)
    assert budget.for_one_answer == 10  # what a student is told
    assert budget.here(budget.for_one_answer) == seconds
    assert budget.grace == seconds / 10


def test_waiting_in_vain_on_a_busy_computer_costs_no_more_patience_than_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crowd(monkeypatch, 32)
    budget = WaitingBudget(1_000, 10)
    for _ in range(2):
        assert budget.patient
        budget.spend(budget.here(budget.for_one_answer))
    assert not budget.patient


def test_the_deadline_is_the_same_on_any_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(monkeypatch, 100)
    assert WaitingBudget(3, 10).here(10) <= 3


def test_where_the_system_tells_no_load_time_is_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "getloadavg", raising=False)
    assert WaitingBudget(1_000, 10).here(10) == 10


def test_the_message_tells_the_time_that_a_program_has_elsewhere() -> None:
    assert "within 10 seconds" in TooSlow("GET /", 10, Explanation()).failure.came_back
