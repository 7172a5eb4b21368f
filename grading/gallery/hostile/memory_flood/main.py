from attack import aim, must_be_refused
from honest import app as app

if aim:
    must_be_refused(lambda: len([bytearray(2**27) for _ in range(24)]), MemoryError)
