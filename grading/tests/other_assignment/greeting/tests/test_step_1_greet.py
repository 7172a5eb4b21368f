import pytest

pytestmark = pytest.mark.step(1)


@pytest.mark.worth(3)
def test_the_app_greets(client, expect):
    expect.json(client.get("/greeting"), {"greeting": "Hello!"})


@pytest.mark.worth(1)
def test_nothing_else_is_there(client, expect):
    expect.status(client.get("/farewell"), 404)
