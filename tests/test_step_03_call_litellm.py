"""Step 3: the message and the model reach the provider, once."""

from __future__ import annotations

import pytest

from grading.provider.litellm_environment import LOCAL_HOST, LOCAL_MODEL, OTHER_MODEL, OWN_BUG, PROVIDER_KEYS
from grading.results.failure import canary
from grading.suite.contract import describe_request, shorten
from grading.suite.documented_names import REFUSED
from grading.suite.exchanges import NAMES
from grading.suite.observation import of_content, of_number
from grading.suite.sending import is_in_parts, one_after_the_other
from grading.suite.traces import trace

pytestmark = pytest.mark.step(3)


@pytest.mark.parametrize(
    "request_name",
    [
        pytest.param("plain", marks=pytest.mark.worth(3), id="plain"),
        pytest.param("unicode message", marks=pytest.mark.worth(2), id="unicode"),
    ],
)
def test_the_message_reaches_the_model(exchange, tries, expect, request_name):
    """The last message that the provider gets has the role user and the student's message as its content."""
    _reaches(exchange(request_name), expect)
    several_lines = exchange("lines")
    if request_name != "plain" and several_lines.requests:  # if not, another step is at fault
        _reaches(several_lines, expect)
    for tried in tries() if request_name == "plain" else ():
        _asks_the_same_model(tried, "after a failure", exchange("plain"), expect)
        for request in tried.requests:
            last = request.messages[-1]
            expect.that(
                last.role == "user" and last.content.strip() == tried.message,
                tried.answer,
                "the model gets the user's message as the content of the last message, also after a failure",
                came_back=f'a further try has the last message "{shorten(last.content)}", with the role {last.role}',
                observed="a further try with other words",
            )


def _reaches(asked, expect):
    """What the model got is a chat request whose last message is the user's."""
    message, answer = asked.message, asked.answer
    expect.asked(answer, asked.requests)
    messages = asked.requests[0].messages
    last = messages[-1]
    roles = [each.role for each in messages if each.content.strip() == message.strip()]
    where = f"; the user's message came before it, with the role {roles[0]}" if roles else ""
    if message in last.content:
        where = "; words of your own belong in a message before it, with the role system"
    if last.content.startswith("<not text: {"):
        where = ": the whole body of the request, as an object. The user's text is in it: user_input.message"
    if last.content == "<not text: None>":
        where = ": None is what a function gives without `return`: does your validator end with `return message`?"
    expect.that(
        last.content.strip() == message.strip(),
        answer,
        "the model gets the user's message as the content of the last message, nothing added or lost",
        came_back=f'the last message that the model got has the content "{shorten(last.content)}"{where}',
        observed=f"content: {'an earlier message' if roles else of_content(last.content, message)}",
    )
    expect.that(
        last.role == "user",
        answer,
        "the last message that the model gets has the role user",
        came_back=f"the last message has the role {last.role!r}",
    )
    expect.that(
        not is_in_parts(asked.bodies[0]),
        answer,
        "the content of the last message is the user's message itself, a string",
        came_back="the content is a list of parts",
    )


def _asks_the_same_model(asked, when, usual, expect):
    """All that it asks goes to the model that the usual request went to."""
    for request in asked.requests:
        expect.that(
            request.model == usual.requests[0].model,
            asked.answer,
            f"the same model {when} as for any other message: LLM_MODEL chooses it",
            came_back=f"{when}, {request.provider} was called with the model {shorten(request.model)}",
            observed=f"another model {when}",
        )


@pytest.mark.worth(4)
def test_the_model_is_asked_once(exchange, expect, client, provider, stop_app):
    """Each good request makes exactly one request to the provider, also one that was made before; nothing else does."""
    first, second, again = exchange("plain"), exchange("white space"), exchange("again")
    expect.that(
        len(first.requests) == 1,
        first.answer,
        "the model is called once: each call costs money",
        came_back=f"the model was called {len(first.requests)} times",
        observed=f"the model was called {of_number(len(first.requests))} times",
    )
    expect.that(
        len(second.requests) == 1,
        second.answer,
        "each request calls the model once",
        came_back=f"the second request called the model {len(second.requests)} times",
        observed=f"the second request called the model {of_number(len(second.requests))} times",
    )
    expect.that(
        len(again.requests) == 1,
        again.answer,
        "the same message calls the model again: it may say something else, so don't cache answers",
        came_back=f"the same message, a second time, called the model {len(again.requests)} times",
    )
    for each in map(exchange, [*NAMES, "longest ascii"]):  # that it is called at all is the affair of other tests
        expect.that(
            len(each.requests) <= 1,
            each.answer,
            "each request calls the model once",
            came_back=f"this request called the model {len(each.requests)} times",
            observed="another request called the model more than once",
        )
    _again_at_once(client, provider, expect, first)
    greeted = client.post("/generate", json={"message": "Hello!"})
    expect.that(
        bool(provider.requests) or greeted.status_code in REFUSED,
        greeted,
        "the model is called for every message: the answer to a greeting is the model's, too",
        came_back=f"{greeted.status_code}, and the model was not called",
    )
    provider.forget()
    stop_app()
    expect.that(
        not provider.requests,
        None,
        "the model is called only for a user's request: nobody reads an answer at shutdown",
        sent="uvicorn main:app, some requests, and then Ctrl-C",
        came_back="the model was called again when the server stopped",
    )


def _again_at_once(client, provider, expect, usual):
    """The same message right after its answer calls the model: nothing is kept for a moment either."""
    for _, answer in one_after_the_other(client, provider, [canary("message")] * 2):
        expect.that(
            bool(provider.requests) or usual.answer.status_code != 200,
            answer,
            "the same message calls the model again, also a moment later: don't cache answers",
            came_back=f"{answer.status_code}, and the model was not called",
        )


@pytest.mark.worth(4)
def test_users_are_kept_apart(exchange, tries, client, provider, expect):
    """A request to the model holds nothing that another user wrote or was told, whatever came between."""
    exchange("plain")
    second = exchange("white space")
    asked = [exchange(name) for name in NAMES]
    expect.that(
        second.message.lower() in "".join(second.bodies).lower(),
        second.answer,
        "the model is called for the second user, too",
        came_back=f"the model never got the message; the client got {second.answer.status_code}",
    )
    for each in asked:
        others = [other.canaries for other in asked if other.canaries[0] != each.canaries[0]]
        _holds_nothing_of(others, each.bodies, each.answer, expect)
    _at_once(client, provider, expect, asked[0])
    unanswered, refused = canary("failed"), canary("refused")
    provider.fails(500)
    client.post("/generate", json={"message": unanswered})
    client.post("/generate", json={"message": f"{refused} {'a' * 4_000}"})
    provider.answers(canary("answer"))
    provider.forget()
    answer = client.post("/generate", json={"message": canary("third")})
    expect.that(
        not trace(unanswered, "".join(provider.bodies)),
        answer,
        "the request for one user holds nothing that another user wrote, also if the model gave that one no answer",
        came_back="the model also got the message of the user before, whose request had failed",
    )
    _holds_nothing_of([(refused, unanswered), *(each.canaries for each in asked)], provider.bodies, answer, expect)
    known = [each.canaries for each in asked]
    for tried in tries():
        before = [each for each in known if not trace(each[0], tried.message)]  # one asks again what was asked before
        _holds_nothing_of(before, tried.bodies, tried.answer, expect)
        known.append((tried.message, tried.secret))


def _at_once(client, provider, expect, usual):
    """What a program keeps of a request for a while only, is seen right after it: there is no pause in between."""
    provider.answers(canary("answer"))
    before = []
    for message, answer in one_after_the_other(client, provider, [canary("message"), canary("message")]):
        if usual.answer.status_code == 200:
            expect.status(answer, 200, "as for any request: the one before was answered a moment ago")
        _holds_nothing_of(before, [body for body in provider.bodies if trace(message, body)], answer, expect)
        before.append((message, provider.text))


def _holds_nothing_of(others, bodies, answer, expect):
    """None of these requests to the model holds a message of the others, or what they were answered."""
    sent = "".join(bodies)
    expect.that(
        not any(trace(message, sent) for message, _ in others),
        answer,
        "the request for one user contains nothing that another user wrote: don't share one list of messages",
        came_back="the model also got the message of the user before",
    )
    expect.that(
        not any(trace(text, sent) for _, text in others),
        answer,
        "the request for one user holds nothing that another user was told",
        came_back="the model also got an answer to the user before",
    )


@pytest.mark.worth(2)
@pytest.mark.parametrize(
    ("llm_model", "protocol", "host", "provider_keys"),
    [
        # More than two parts, a capital letter and a colon, as models on other servers of OpenAI's protocol have them.
        (f"openai/Kit/{canary('model')}:free", "openai", "api.openai.com", PROVIDER_KEYS),
        (OTHER_MODEL, "anthropic", "api.anthropic.com", PROVIDER_KEYS),
        (LOCAL_MODEL, "ollama", LOCAL_HOST, {}),
    ],
    ids=["openai", "anthropic", "ollama"],
)
def test_llm_model_chooses_the_model(exchange, expect, llm_model, protocol, host, provider_keys):
    """The environment variable LLM_MODEL alone chooses provider, address and model."""
    plain = exchange("plain")
    answer = plain.answer
    expected = "" if provider_keys else (
        f"with LLM_MODEL={llm_model} and no key exactly this model is called: it runs on your computer, so look for no "
        "key, and pass the whole name to LiteLLM unchanged"
    )  # fmt: skip
    expect.asked(answer, plain.requests, expected)
    asked = plain.requests[0]
    expect.that(
        asked.provider == protocol and asked.model == llm_model.partition("/")[2],
        answer,
        f"with LLM_MODEL={llm_model} exactly this model is called: pass the whole name to LiteLLM unchanged. "
        "OpenAI's own client can't do that: call LiteLLM instead",
        came_back=f"{asked.provider} was called with the model {shorten(asked.model)}",
        observed=f"{asked.provider} was called with {'the bare' if asked.model[:6] == 'model-' else 'another'} model",
    )
    expect.that(
        asked.has_roles,
        answer,
        "a chat request: a list of messages, each with a role (litellm.acompletion or litellm.completion)",
        came_back="the model got one prompt without roles: text_completion is for old models",
    )
    _asks_the_same_model(exchange("longest ascii"), "for a long message", plain, expect)
    if protocol == "anthropic":
        expect.that(
            asked.messages[-1].content.strip() == plain.message,
            answer,
            "the model gets the user's message as any other provider's model gets it, nothing added or lost",
            came_back=f'the last message that it got has the content "{shorten(asked.messages[-1].content)}"',
        )
    if protocol == "ollama":
        expect.that(
            len(plain.requests) == 1,
            answer,
            "the model is called once, wherever it runs",
            came_back=f"the model was called {len(plain.requests)} times",
        )
    wanted = PROVIDER_KEYS.get(f"{protocol.upper()}_API_KEY")  # Ollama needs none
    expect.that(
        wanted is None or wanted in plain.keys[0],
        answer,
        f"the key from {protocol.upper()}_API_KEY: LiteLLM reads each provider's own variable, so pass no key",
        came_back=f"{asked.provider} was called with another key, or with none",
    )
    expect.that(
        plain.hosts[0] == host,
        answer,
        f"the provider's own address, {host}: LiteLLM knows them all, so pass none (api_base, base_url)",
        came_back=f"the request for {asked.provider} went to {shorten(plain.hosts[0])}",
    )


@pytest.mark.worth(1)
@pytest.mark.parametrize(("llm_model", "provider_keys"), [(f"openai/{canary('model')}", {OWN_BUG: ""})], ids=["no-key"])
def test_no_key_stands_in_the_source(exchange, provider, expect):
    """On a computer without any key, the model gets none."""
    answer = exchange("plain").answer
    expect.that(provider.calls > 0, answer, "LiteLLM is called", came_back=f"{answer.status_code}; it was never called")
    usual = {"Bearer", "None", *PROVIDER_KEYS.values()}  # "None" is litellm.responses's own
    expect.that(
        usual.issuperset(" ".join(exchange("plain").keys).split()),
        answer,
        "no key reaches the model where none is set: a key in the source is everybody's who reads it",
        sent=f"{describe_request(answer)}, with no provider's key set",
        came_back="the model was called with a key of the program's own",
    )
