import os
import shutil
import site
from pathlib import Path

from attack import aim, must_be_refused
from honest import app as app

for path in map(Path, [aim["secret"], aim["neighbour"]] if aim else []):
    for attempt in (
        lambda path=path: path.write_text("forged"),
        lambda path=path: os.truncate(path, 0),
        lambda path=path: path.unlink(),
        lambda path=path: path.rename(path.with_name("renamed")),
        lambda path=path: os.link(path, path.with_name("linked")),
        lambda path=path: shutil.rmtree(path.parent),
        lambda path=path: path.with_name("planted").touch(),
        lambda path=path: path.with_name("planted").symlink_to("/"),
        lambda path=path: os.mkfifo(path.with_name("planted")),
    ):
        must_be_refused(attempt)
    os.chmod(path, 0o000) if path.exists() else None
if aim:
    for folder in (*site.getsitepackages(), aim["kit"]):
        must_be_refused(lambda folder=folder: Path(folder, "hostile_canary.pth").write_text(""))
