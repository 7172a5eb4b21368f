import glob
from pathlib import Path

from attack import aim, must_be_refused
from honest import app as app

if "neighbour" in aim:
    must_be_refused(Path(aim["neighbour"]).read_text)
own = Path(__file__).resolve().parent.parent
for path in glob.glob("/tmp/grading-*/*/main.py") + glob.glob(f"{own.parent}/grading-*/*/main.py"):
    if own not in Path(path).resolve().parents:
        must_be_refused(Path(path).read_text)
