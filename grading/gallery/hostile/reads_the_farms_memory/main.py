import gc
import sys

from honest import app as app

for name in ("pytest", "grading.judge", "grading.recorder", "grading.steps", "grading.result", "grading.grader"):
    if name in sys.modules and "grading.farm" in sys.modules:
        raise SystemExit(f"the attack worked: {name} is here")
for each in gc.get_objects():
    if type(each).__name__ in ("TestResult", "Recorder", "Session") and "grading.farm" in sys.modules:
        raise SystemExit(f"the attack worked: {each!r:.100}")
