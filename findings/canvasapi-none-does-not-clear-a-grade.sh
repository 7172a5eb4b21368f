#!/usr/bin/env bash
# canvasapi: posted_grade=None sends an empty request: the grade stays, and nothing says so
#
# One would guess that `submission.edit(submission={"posted_grade": None})` takes the grade back, or raises; and
# that a bulk update with None for one student changes that student's grade.
# What happens: parameters whose value is None are left out of the form. The PUT goes out with an empty body and
# succeeds; in submissions_bulk_update() the student is missing from the request; a rubric comment of None is left
# out too. An empty string is sent, and so is 0.
# Why it matters: scripts that push marks to Canvas and use None for "no mark": a mark posted by mistake cannot be
# taken back that way, and the call returns as if it had been.
# Seen with canvasapi 3.6.0. The Canvas here is a server on loopback that answers every request with the same
# submission.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset PYTHONPATH
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check canvasapi==3.6.0
venv/bin/python -W ignore - <<'PY'
import json
import signal
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from urllib.parse import parse_qsl

from canvasapi import Canvas

signal.alarm(60)
print("canvasapi", version("canvasapi"))
bodies = []


class FakeCanvas(BaseHTTPRequestHandler):
    def answer(self):
        form = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        bodies.append(dict(parse_qsl(form, keep_blank_values=True)))
        data = json.dumps({"id": 1, "course_id": 1, "assignment_id": 1, "user_id": 3, "grade": "5"}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = do_POST = answer

    def log_message(self, *arguments):
        pass


server = HTTPServer(("127.0.0.1", 0), FakeCanvas)
threading.Thread(target=server.serve_forever, daemon=True).start()
assignment = Canvas(f"http://127.0.0.1:{server.server_port}", "not-a-key").get_course(1).get_assignment(1)
submission = assignment.get_submission(3)


def expect(what, seen, wanted):
    print(f"{what} sends: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


for grade, wanted in ((None, {}), ("", {"submission[posted_grade]": ""}), (0, {"submission[posted_grade]": "0"})):
    submission.edit(submission={"posted_grade": grade})
    expect(f"posted_grade={grade!r}", bodies[-1], wanted)
assignment.submissions_bulk_update(grade_data={"3": {"posted_grade": None}, "4": {"posted_grade": 0}})
expect("bulk, 3: None and 4: 0", bodies[-1], {"grade_data[4][posted_grade]": "0"})
submission.edit(rubric_assessment={"c1": {"points": 2, "comments": None}})
expect("rubric with a comment of None", bodies[-1], {"rubric_assessment[c1][points]": "2"})
print("as described")
PY
