"""`grade serve` with a model that repeats what it is asked: `python -m grading.tests.ui.echo_serve FOLDER …`."""

from __future__ import annotations

import sys
from pathlib import Path

from grading.laptop import app_process
from grading.laptop.serve import serve
from grading.tests.laptop.model.llama_double import LlamaDouble, Script

if __name__ == "__main__":
    folder, _, port, _, model_port = sys.argv[1:]
    app_process.GRACE = 0.5
    echo = Script()
    echo.pieces = lambda question: [f"You said: {question['messages'][-1]['content']}"]
    sys.exit(serve(Path(folder), port=int(port), model_port=int(model_port), load_engine=lambda: LlamaDouble(echo)))
