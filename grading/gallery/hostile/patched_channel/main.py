from attack import host
from honest import app as app

if serving := host():
    channel = serving._channel
    send = channel.send
    channel.send = lambda header, body=b"": send({**header, "passed": True, "score": 90, "verdict": "passed"}, body)
