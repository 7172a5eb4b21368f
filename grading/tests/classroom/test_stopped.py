"""No way of stopping `grade class` does harm."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from grading.maintain.class_of_300 import make_class
from grading.tests.classroom.class_command import started, wait_for_results, written
from grading.tests.intake.handed_in import posix


def test_killed_midway_and_started_again_gives_the_same_files(tmp_path: Path) -> None:
    make_class(tmp_path / "class", 60, "canvas")
    for count in (5, 20):
        with started(tmp_path, "class", "--out", "killed") as process:
            wait_for_results(tmp_path / "killed", count, process)
            process.kill()
            assert process.wait(60) != 0
    assert not (tmp_path / "killed" / "summary.json").exists()
    (tmp_path / "killed" / "results" / ".x.json.tmp").write_text("half a file that a kill left")
    for out in ("killed", "whole"):
        with started(tmp_path, "class", "--out", out) as process:
            told = process.communicate(timeout=120)[0]
            assert process.returncode == 0, told
            known = 0 if out == "whole" else 20
            assert int(told.split("Known from before: ")[1].split(".")[0]) >= known
    assert written(tmp_path / "killed") == written(tmp_path / "whole")
    assert "summary.json" in written(tmp_path / "whole")


@posix
def test_ctrl_c_keeps_what_was_graded(tmp_path: Path) -> None:
    make_class(tmp_path / "class", 60, "plain")
    with started(tmp_path, "class", "--out", "out", "--workers", "2") as process:
        wait_for_results(tmp_path / "out", 5, process)
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=60)[0]
    assert process.returncode == 130
    assert "Stopping: what runs is finished first." in told
    assert "What was graded is kept in out/results; the same line goes on from there." in told
    waiting = json.loads((tmp_path / "out" / "summary.json").read_bytes())["waiting"]
    assert f"Stopped: {len(waiting)} have no result yet" in told
    assert "Not finished." in (tmp_path / "out" / "class-report.html").read_text(encoding="utf-8")
    assert "Traceback" not in told
    graded = len((tmp_path / "out" / "durations.csv").read_text().splitlines())
    assert 5 <= graded < 50
    with started(tmp_path, "class", "--out", "out") as process:
        told = process.communicate(timeout=120)[0]
    assert process.returncode == 0, told
    assert len((tmp_path / "out" / "durations.csv").read_text().splitlines()) < 60
    assert int(told.split("Known from before: ")[1].split(".")[0]) >= graded
