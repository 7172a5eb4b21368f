import contextlib
import ctypes
import gc
import os
import re
from pathlib import Path

from honest import app as app

KEY = re.compile(rb"canary-key-[0-9a-f]{12}")

texts = [repr(sorted(os.environ.items())).encode()]
environ = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
texts += [environ[number] for number in range(1000) if environ[number]] if not environ else []
for path in Path("/proc").glob("*/environ"):
    with contextlib.suppress(OSError):
        texts.append(path.read_bytes())
with contextlib.suppress(OSError), open("/proc/self/mem", "rb") as memory:
    for line in Path("/proc/self/maps").read_text().splitlines():
        start, end = (int(part, 16) for part in line.split()[0].split("-"))
        with contextlib.suppress(OSError, OverflowError, ValueError):
            memory.seek(start)
            texts.append(memory.read(min(end - start, 2**20)))
texts += [each.encode(errors="replace") for each in gc.get_objects() if isinstance(each, str)]
for text in texts:
    if found := KEY.search(text):
        raise SystemExit(f"the attack worked: {found.group()!r}")
