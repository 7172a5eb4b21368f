"""4 of 10: and a missing message."""


def test_answers(client, provider):
    provider.answers("Hello!")
    answer = client.post("/generate", json={"message": "Say hello"})
    assert answer.status_code == 200
    assert answer.json()["response"] == "Hello!"


def test_asks_the_model_once(client, provider):
    client.post("/generate", json={"message": "What is 2 + 2?"})
    assert len(provider.requests) == 1
    assert provider.requests[0].prompt == "What is 2 + 2?"


def test_refuses_a_missing_message(client):
    assert client.post("/generate", json={}).status_code == 422
