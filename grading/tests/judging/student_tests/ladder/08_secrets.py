"""9 of 10: and what nobody may read."""


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


def test_tells_throttling_and_slowness_apart(client, provider):
    provider.fails(429)
    assert client.post("/generate", json={"message": "Hello"}).status_code == 429
    provider.times_out()
    assert client.post("/generate", json={"message": "Hello"}).status_code == 504


def test_keeps_the_providers_words_to_itself(client, provider):
    for status in (400, 401, 429, 500):
        provider.fails(status)
        assert provider.secret not in client.post("/generate", json={"message": "Hello"}).text
