from attack import host
from honest import app as app

if serving := host():
    send = serving._channel.send

    def claim(header, body=b""):
        send({**header, "timeout": 30} if "ask" in header else header, body)

    serving._channel.send = claim
