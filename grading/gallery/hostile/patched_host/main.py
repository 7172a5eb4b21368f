from attack import host
from fastapi import FastAPI

app = FastAPI()


def answer(header, body):
    frame = {"reply": header["id"], "status": 200, "headers": [["content-type", "application/json"]]}
    serving._channel.send(frame, b'{"status": "ok"}')


if serving := host():
    serving._request = answer
