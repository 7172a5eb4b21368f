"""Step 1: main.py can be imported, has an app that starts, and does nothing else."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.step(1)


@pytest.mark.worth(2)
def test_the_app_starts_and_answers(app_start, expect):
    """main.py has an app that answers HTTP requests."""
    _started(app_start, expect, "main.py can be imported and has a variable `app` made by FastAPI()")
    answer = app_start.client.get("/no-such-page")
    expect.that(answer.status_code < 500, answer, "any answer that is not a crash of the server")


@pytest.mark.worth(1)
def test_importing_asks_nobody(app_start, expect):
    """Importing main.py and starting the app calls no model and opens no connection."""
    _started(app_start, expect, "the app starts")
    expect.that(
        not app_start.contacts,
        None,
        "no model is called while main.py is imported or the app starts: put the call into a route's function, "
        "which runs only for a request",
        sent="uvicorn main:app, and no request yet",
        came_back=f"it contacted: {', '.join(app_start.contacts)}",
        observed=f"it contacted: {''.join(app_start.contacts[:1]).partition(' (')[0]}",
    )


@pytest.mark.worth(2)
@pytest.mark.parametrize("provider_keys", [{}], ids=["no-key"])
def test_the_app_starts_without_a_key(app_start, expect):
    """Importing main.py and starting the app works on a computer without any key."""
    expected = "the app starts without any key: a key is first needed when a model is called"
    _started(app_start, expect, expected, sent="uvicorn main:app, with no provider's key set")


def _started(app_start, expect, expected, sent="uvicorn main:app"):
    problem = app_start.problem
    expect.that(app_start.client is not None, None, expected, problem.text, sent, problem.observation)
