"""The lines to copy send the body, whichever shell reads them."""

from __future__ import annotations

import json
import re
import shlex

from grading.laptop.serve import curl

BODY = {"message": 'It\'s a "test"'}


def test_the_line_for_a_posix_shell_sends_the_body() -> None:
    (line,) = curl("POST", "http://127.0.0.1:8000/generate", BODY, windows=False)
    words = shlex.split(line)
    assert words[:4] == ["curl", "-X", "POST", "http://127.0.0.1:8000/generate"]
    assert json.loads(words[words.index("-d") + 1]) == BODY
    assert words[words.index("-H") + 1] == "Content-Type: application/json"


def test_the_lines_for_windows_send_the_body() -> None:
    cmd, powershell = curl("PUT", "http://127.0.0.1:8080/weather", BODY, windows=True)
    # What is between the outer quotes, as the C runtime of Windows reads it, is the JSON text.
    assert cmd.endswith(
        r""" -H "Content-Type: application/json" -d "{\"message\": \"It's a \\\"test\\\"\"}" """.rstrip()
    )
    body = re.search(r"-Body '((?:[^']|'')*)'$", powershell)
    assert body
    assert json.loads(body[1].replace("''", "'")) == BODY
    assert "irm -Method Put http://127.0.0.1:8080/weather -ContentType application/json" in powershell
