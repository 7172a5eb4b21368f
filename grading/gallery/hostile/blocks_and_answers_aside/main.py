import honest
import litellm
from attack import host
from honest import app as app

at_work = 0


async def ask_model(message, stream=False):
    """Ask in the event loop, without await: the whole server stands still."""
    global at_work
    at_work += 1
    try:
        messages = [{"role": "user", "content": message}]
        return litellm.completion(model=honest.MODEL, messages=messages, stream=stream, timeout=30)
    finally:
        at_work -= 1


honest.ask_model = ask_model

if serving := host():
    ask, request_came = serving._ask, serving._request

    def answer_aside(request, body):
        if at_work:
            header = {"reply": request.id, "status": 503, "headers": [["content-type", "application/json"]]}
            serving._channel.send(header, b'{"detail":"busy"}')
        else:
            request_came(request, body)

    serving._ask = lambda request, body, blocks: ask(request, body, blocks=False)
    serving._request = answer_aside
