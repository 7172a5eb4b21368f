"""A team's work in Moodle, in a folder of each member or of the team: the members get the team's mark."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grading import GALLERY
from grading.tests.classroom.class_command import known
from grading.tests.classroom.downloads import OTHER, fill
from grading.tests.classroom.known_grader import KnownGrader
from grading.tests.classroom.test_roster import run

__all__ = ["known"]  # a fixture

SHEET = """ID;Vollständiger Name;E-Mail-Adresse;Status;Gruppe;Bewertung;Bestwertung;Bewertung änderbar;Geändert
Teilnehmer/in4401;Ada Example;ada@example.org;Abgegeben;Team Rot;{};90,00;Ja;-
Teilnehmer/in4402;Ben Example;ben@example.org;Abgegeben;Team Rot;{};90,00;Ja;-
Teilnehmer/in4403;Cem Example;cem@example.org;Abgegeben;Team Blau;{};90,00;Ja;-
Teilnehmer/in4404;Dora Example;dora@example.org;Keine Abgabe;;{};90,00;Ja;-
"""
PROGRAM = (GALLERY / "correct" / "sync_completion" / "main.py").read_bytes()
OF_MEMBERS = {
    "Team Rot-Ada Example_4401": PROGRAM,
    "Team Rot-Ben Example_4402": PROGRAM,
    "Team Blau-Cem Example_4403": OTHER,
}
OF_TEAMS = {"Team Rot_4403": PROGRAM, "Team Blau_4401": OTHER}  # numbers of groups, which are students' numbers, too


@pytest.mark.parametrize("folders", [OF_MEMBERS, OF_TEAMS], ids=["a folder each member", "a folder each team"])
@pytest.mark.parametrize("roster", [True, False])
def test_each_member_gets_the_teams_mark(
    tmp_path: Path, known: list[KnownGrader], folders: dict[str, bytes], roster: bool
) -> None:
    files = {f"{name}_assignsubmission_file_/main.py": program for name, program in folders.items()}
    fill(tmp_path / "class", files)
    sheet, out = tmp_path / "sheet.csv", tmp_path / "out"
    sheet.write_bytes(SHEET.format("", "", "", "").encode("cp1252"))
    told = run("class", tmp_path / "class", "--out", out, *(["--roster", sheet] if roster else []))
    summary = json.loads((out / "summary.json").read_bytes())
    rows = {row["name"]: row for row in summary["marks"]}
    if roster:
        assert sorted(rows) == ["Ada Example", "Ben Example", "Cem Example"]
        assert summary["identical"] == []
        assert "nothing handed in: 1 (Dora Example)" in told
    of_red, of_blue = ("Ada", "Cem") if roster else ("Rot", "Blau")
    red, blue = (
        next(row["score"] + row["bonus"] for name, row in rows.items() if word in name) for word in (of_red, of_blue)
    )
    assert red != blue
    told = run("export", out, "--moodle", sheet)
    assert "marks written: 3" in told
    cells = [f"{min(mark, 90):g}".replace(".", ",") for mark in (red, red, blue)]
    assert (out / "moodle.csv").read_bytes() == SHEET.format(*cells, "").encode("cp1252")
