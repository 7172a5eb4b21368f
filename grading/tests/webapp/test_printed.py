"""What a handler prints during a request is kept with its answer, and still printed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from grading.results.failure import PRINTED, ContractBroken
from grading.suite.contract import Expect
from grading.tests.programs import ENVIRONMENT, write
from grading.webapp.loading import running_app

APP = """
import sys
from fastapi import FastAPI
print("at import")
app = FastAPI()
@app.get("/{number}")
def answer(number: int):
    for line in range(number):
        print("line", line)
    sys.stdout.write("end" if number else "")
"""


def test_the_last_lines_of_one_request_and_of_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout
    with running_app(write(tmp_path, APP), ENVIRONMENT) as client:
        answers = [client.get(f"/{number}").extensions[PRINTED] for number in (2, 0, 1, 30)]
    assert sys.stdout is before
    assert answers[0] == "line 0\nline 1\nend"
    assert answers[1] == ""
    assert answers[2].splitlines()[-1] == "end"
    assert answers[3].splitlines() == [*(f"line {number}" for number in range(21, 30)), "end"]
    assert "at import" in capsys.readouterr().out


def test_a_broken_contract_quotes_them(tmp_path: Path) -> None:
    with running_app(write(tmp_path, APP), ENVIRONMENT) as client:
        answer = client.get("/1")
    with pytest.raises(ContractBroken) as broken:
        Expect("step 4").status(answer, 422)
    assert broken.value.failure.printed == "line 0\nend"
