import contextlib
import importlib.util
import os
import py_compile
from pathlib import Path

from honest import app as app

with contextlib.suppress(OSError, py_compile.PyCompileError):
    here = Path(__file__)
    planted = here.with_name("planted.py")
    planted.write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")
    target = importlib.util.cache_from_source(str(here))
    py_compile.compile(str(planted), target, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    os.utime(target)
