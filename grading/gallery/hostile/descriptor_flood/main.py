import os

from attack import aim, must_be_refused
from honest import app as app

opened = []


def flood():
    while len(opened) < 5_000:
        opened.append(os.open("/dev/null", os.O_RDONLY))


if aim:
    must_be_refused(flood)
    for number in opened:
        os.close(number)
