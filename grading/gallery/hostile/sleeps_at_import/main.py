import time

time.sleep(3_600)
