import pytest

pytestmark = pytest.mark.step(2)


@pytest.mark.worth(3)
@pytest.mark.parametrize("name", ["Ada", "Grace"])
def test_the_app_greets_by_name(client, expect, name):
    expect.json(client.get("/greeting", params={"name": name}), {"greeting": f"Hello, {name}!"})
