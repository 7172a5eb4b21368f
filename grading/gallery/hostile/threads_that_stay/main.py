import atexit
import threading
import time

from honest import app as app

for _ in range(5):
    threading.Thread(target=time.sleep, args=(600,)).start()
atexit.register(time.sleep, 600)
