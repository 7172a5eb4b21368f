"""0 of 10: one test, which looks at the status only."""


def test_it_works(client):
    assert client.post("/generate", json={"message": "Hello"}).status_code == 200
