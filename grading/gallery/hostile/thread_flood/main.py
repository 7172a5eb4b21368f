import contextlib
import threading

from honest import app as app

over = threading.Event()
threads = []
with contextlib.suppress(RuntimeError, MemoryError):
    for _ in range(1_000):
        threads.append(threading.Thread(target=over.wait, args=(30,), daemon=True))
        threads[-1].start()
over.set()
for thread in threads:
    if thread.ident:
        thread.join()
