from concurrent.futures import Future

from attack import frame, host, write
from honest import app as app


class Anything(dict):
    def pop(self, number):
        return Future()


if serving := host():
    serving._asked = Anything()
    for number, header in enumerate(
        (
            {"method": "", "url": "", "headers": [], "timeout": None, "blocks": False},
            {"method": "POST", "url": "http://[", "headers": [["a\n", "b"]], "timeout": -1, "blocks": 1},
            {"method": 5, "url": "http://\ud800/", "headers": [[1, 2]], "timeout": 1e400, "blocks": None},
            {"method": "POST", "url": "https://api.openai.com/v1/chat/completions", "headers": []},
            {},
            {"method": "GET", "url": "file:///etc/passwd", "headers": [], "timeout": [], "blocks": True},
        )
    ):
        write(frame({"ask": number, **header}, b"\xff" * 100))
