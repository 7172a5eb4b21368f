"""`grade serve` with an engine that repeats what it is asked: `python -m grading.tests.ui.echo_serve FOLDER …`."""

from __future__ import annotations

import sys
from pathlib import Path

from grading.laptop import app_process
from grading.laptop.model.engine import Emit, Ending, Question
from grading.laptop.serve import serve


class Echo:
    def answer(self, question: Question, emit: Emit) -> Ending:
        emit(f"You said: {question.messages[-1]['content']}")
        return Ending("stop", 1, 1)


if __name__ == "__main__":
    folder, _, port, _, model_port = sys.argv[1:]
    app_process.GRACE = 0.5
    sys.exit(serve(Path(folder), port=int(port), model_port=int(model_port), load_engine=Echo))
