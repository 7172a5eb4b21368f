from attack import frame, host, write
from honest import app as app

if serving := host():
    send = serving._channel.send

    def send_and_reply_ahead(header, body=b""):
        send(header, body)
        if "reply" in header:
            for number in range(header["reply"] + 1, header["reply"] + 40):
                write(frame({"reply": number, "status": 500, "headers": []}))

    serving._channel.send = send_and_reply_ahead
