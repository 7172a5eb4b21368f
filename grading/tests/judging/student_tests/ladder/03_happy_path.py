"""3 of 10: the happy path, two tests."""


def test_answers(client, provider):
    provider.answers("Hello!")
    answer = client.post("/generate", json={"message": "Say hello"})
    assert answer.status_code == 200
    assert answer.json()["response"] == "Hello!"


def test_asks_the_model_once(client, provider):
    client.post("/generate", json={"message": "What is 2 + 2?"})
    assert len(provider.requests) == 1
    assert provider.requests[0].prompt == "What is 2 + 2?"
