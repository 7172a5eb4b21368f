import time

from attack import host
from honest import app as app

if serving := host():
    serving._channel.receive = lambda: time.sleep(600)
