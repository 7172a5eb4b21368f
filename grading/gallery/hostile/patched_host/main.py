from attack import host
from fastapi import FastAPI

app = FastAPI()


def answer(request, body):
    number = request["id"] if isinstance(request, dict) else request.id
    frame = {"reply": number, "status": 200, "headers": [["content-type", "application/json"]]}
    serving._channel.send(frame, b'{"status": "ok"}')


if serving := host():
    serving._request = answer
