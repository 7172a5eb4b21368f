#!/usr/bin/env bash
# a2wsgi and FastAPI: behind ASGIMiddleware the lifespan never runs, and background tasks delay the response
#
# One would guess that an app which a WSGI host serves through a2wsgi starts as it does under uvicorn, lifespan
# first, or fails with a message about it; and that a BackgroundTask runs after the response.
# What happens: the app sees http scopes only. What the lifespan puts into app.state (a client, a Router, a model's
# name) is missing, and the handler that reads it answers 500. The WSGI iterable ends only when the background task
# has ended.
# Why it matters: students who deploy their endpoint to a WSGI-only host: what works at home answers 500 there, and
# each response takes as long as the logging task behind it.
# Seen with a2wsgi 1.10.10, fastapi 0.165.0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset PYTHONPATH
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check a2wsgi==1.10.10 fastapi==0.165.0 httpx2==2.16.2
venv/bin/python - <<'PY'
import asyncio
import signal
import time
from contextlib import asynccontextmanager
from importlib.metadata import version
from wsgiref.util import setup_testing_defaults

from a2wsgi import ASGIMiddleware
from fastapi import BackgroundTasks, FastAPI, Request
from fastapi.testclient import TestClient

signal.alarm(60)
print("a2wsgi", version("a2wsgi"), "fastapi", version("fastapi"))


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


@asynccontextmanager
async def lifespan(app):
    app.state.model = "openai/m"
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/model")
async def model(request: Request):
    return request.app.state.model


@app.get("/later")
async def later(tasks: BackgroundTasks):
    tasks.add_task(asyncio.sleep, 2)
    return "done"


def through_wsgi(path):
    environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET"}
    setup_testing_defaults(environ)
    started, begin = [], time.monotonic()
    body = b"".join(ASGIMiddleware(app)(environ, lambda status, headers, info=None: started.append(status)))
    return started[0], body, time.monotonic() - begin


expect("a2wsgi, /model", through_wsgi("/model")[:2], ("500 Internal Server Error", b"Internal Server Error"))
status, body, seconds = through_wsgi("/later")
expect("a2wsgi, /later", (status, body), ("200 OK", b'"done"'))
expect(f"  its end came after the task of 2 s ({seconds:.1f} s)", seconds >= 2, True)
with TestClient(app) as client:
    expect("as ASGI with its lifespan, /model", client.get("/model").json(), "openai/m")
print("as described")
PY
