"""7 of 10: six sensible tests: and a long message, and a provider that fails."""


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


def test_refuses_a_blank_message(client, provider):
    assert client.post("/generate", json={"message": "   "}).status_code == 422
    assert provider.requests == []


def test_refuses_a_long_message(client):
    assert client.post("/generate", json={"message": "a" * 5000}).status_code == 422


def test_tells_that_the_provider_fails(client, provider):
    provider.fails(500)
    assert client.post("/generate", json={"message": "Hello"}).status_code == 502
