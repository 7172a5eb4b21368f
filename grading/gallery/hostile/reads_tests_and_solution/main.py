from pathlib import Path

from attack import aim, must_be_refused
from honest import app as app

if "kit" in aim:
    for name in ("tests/steps.toml", "tests/test_step_03_call_litellm.py", "solution/main.py", "grading/judge.py"):
        must_be_refused(Path(aim["kit"], name).read_text)
