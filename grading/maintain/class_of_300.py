"""Make a class whose marks are known, in any layout, and check what the grader made of it.

    python -m grading.maintain.class_of_300 DIR --size 300 --layout canvas     writes DIR/class and DIR/truth.json
    grade class DIR/class --out DIR/out
    python -m grading.maintain.class_of_300 DIR --check DIR/out                says who is lost and whose mark is wrong

What is handed in, and the truth about it, is `class_works`'s.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from grading.judging.student_tests.scoring import STEP as OWN_TESTS
from grading.maintain.class_works import CORE, Truth, Work, hostile_corpus, works, zipped
from grading.results.result import Result

NAMES = (
    "Anna Nowak;Zoë O'Brien-Łukasz;李小龙;Müller-Lüdenscheidt Jörg;Anna Nowak;Nguyễn Thị Ánh;José da Silva;"
    "Ćwik Łucja;Олена Шевченко;X Æ A-12;d'Arc Jeanne;Søren Kierkegård;محمد علي;Ng;Anna-Maria de la Cruz"
).split(";")  # two are the same


def make_class(place: Path, size: int, layout: str, seed: int = 1, *, corpus: bool = False) -> dict[str, Truth]:
    """Write the class into the folder `place`, laid out like `layout`. Returns the truth by `identity`.

    `corpus`: with the hostile programs, whose truth only the real grader can find out.
    """
    chance = random.Random(seed)
    truth: dict[str, Truth] = {}
    metadata = []
    place.mkdir(parents=True)
    for number, work in enumerate(works(size, chance, corpus)):
        name, id = NAMES[number % len(NAMES)], str(4000 + number)
        files = _dressed(signed(work, id) if chance.random() < 0.9 else work, chance)
        if layout == "canvas":
            called = "".join(c for c in name.lower() if c.isalnum()) + chance.choice(["", "", "_LATE"])
            again = chance.random() < 0.2  # what is handed in once more gets -1
            for position, (file, content) in enumerate(_flat(files).items()):
                stem, dot, ending = file.rpartition(".")
                file = f"{stem}-1{dot}{ending}" if again and len(files) == 1 else file
                (place / f"{called}_{id}_{number * 10 + position}_{file}").write_bytes(content)
        elif layout == "moodle":
            _write(place / f"{name}_{id}_assignsubmission_file_", files)
        elif layout == "gradescope":
            _write(place / f"submission_{id}", files)
            person = f"  - :name: {json.dumps(name)}\n    :sid: '{id}'\n    :email: s{id}@example.org\n"
            metadata.append(
                f"submission_{id}:\n  :submitters:\n{person}  :created_at: 2026-11-20 12:00:{number % 60:02} Z\n"
            )
        elif layout == "github":
            folder = place / f"hw-endpoint-{identity(layout, name, id)}"
            _write(folder, files)
            _commit(folder)
        else:
            _plain(place, f"{name} {id}", files)
        truth[identity(layout, name, id)] = work.truth
    if metadata:
        (place / "submission_metadata.yml").write_text("---\n" + "".join(metadata), encoding="utf-8")
    return truth


def identity(layout: str, name: str, id: str) -> str:
    """Return what a row of the summary is recognised by."""
    user = "".join(c for c in name.lower() if c.isalnum() and c.isascii())
    return {"github": f"{user or 'u'}-{id}", "plain": f"{name} {id}"}.get(layout, id)


SIGNATURE = b"\n# handed in by "


def signed(work: Work, id: str) -> Work:
    """Return the work with a comment of the student's, so that it is nobody else's."""
    files = {
        name: content + SIGNATURE + id.encode() + b"\n" if name == "main.py" and content else content
        for name, content in work.files.items()
    }
    return replace(work, files=files)


def _dressed(work: Work, chance: random.Random) -> dict[str, bytes]:
    """Return the files as a student may wrap them: loose, in a zip, in a zip with a folder, a lone file renamed."""
    how = "loose" if work.whole else chance.choice(["loose", "loose", "zip", "folder in a zip", "renamed"])
    if how == "renamed" and list(work.files) == ["main.py"]:
        return {f"endpoint_{chance.randrange(9)}.py": work.files["main.py"]}
    if how == "loose" or "main.py" not in work.files or "hw.zip" in work.files:
        return dict(work.files)
    return {"hw.zip": zipped(work.files, "my hw/" if how == "folder in a zip" else "")}


def _flat(files: dict[str, bytes]) -> dict[str, bytes]:
    """Canvas takes no folders: a program with a package comes as a zip."""
    return {"hw.zip": zipped(files)} if any("/" in name for name in files) else files


def _plain(place: Path, name: str, files: dict[str, bytes]) -> None:
    [(only, content)] = list(files.items()) if len(files) == 1 else [("", b"")]
    if only.endswith((".zip", ".py")):
        (place / f"{name}{Path(only).suffix}").write_bytes(content)
    else:
        _write(place / name, files)


def _write(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _commit(folder: Path) -> None:
    when = "2026-11-20T12:00:00+01:00"
    names = {f"GIT_{who}_{what}": "s" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {**os.environ, **names, "GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when}
    for command in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-q", "-m", "work", "--allow-empty"]):
        subprocess.run(["git", *command], cwd=folder, env=environment, check=True, timeout=60)


def check(truth: dict[str, Truth], out: Path) -> list[str]:
    """Compare the results in `out` with the truth. Returns a line for each that is lost or wrong."""
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    rows: dict[str, list[str]] = {}
    for row in summary["marks"]:
        ids = row["ids"]
        who = next(
            (ids[kind] for kind in ("canvas_user", "moodle_participant", "student_id") if kind in ids), row["name"]
        )
        rows.setdefault(who, []).append(row["key"])
    wrong = [f"{who}: nobody handed this in" for who in rows if who not in truth]
    for who, known in truth.items():
        keys = rows.get(who, [])
        if len(keys) != 1:
            wrong.append(f"{who} ({known.kind}): {len(keys)} results instead of one")
            continue
        result = Result.from_json(json.loads((out / "results" / f"{keys[0]}.json").read_text(encoding="utf-8")))
        wrong += [f"{keys[0]} ({known.kind}): {fault}" for fault in _faults(known, result)]
    return wrong


def _faults(known: Truth, result: Result) -> Iterator[str]:
    if known.kind.startswith("hostile/"):
        program = hostile_corpus()[known.kind.partition("/")[2]]
        if program.works_with(result.isolation):
            suite = [test for test in result.tests if test.step != OWN_TESTS.number]  # nobody here has own tests
            own = [test for test in suite if program.step in (None, test.step)]
            yield from program.surprises(replace(result, tests=tuple(own)))
        return
    if known.graded is not None and result.graded != known.graded:
        yield f"graded is {result.graded}: {result.reason}"
    elif known.breaks is not None:
        judged = [*CORE, 10] if 10 in known.breaks else CORE
        lost = [row.step for row in result.steps if row.step in judged and row.score < row.max_score]
        if lost != sorted(known.breaks):
            yield f"it loses marks in {lost}, and should in {known.breaks}"
    if known.bonus is not None and result.bonus != known.bonus:
        yield f"its bonus is {result.bonus}, and should be {known.bonus}"
    if known.most is not None and result.score + result.bonus > known.most:
        yield f"it got {result.score} + {result.bonus}, and should get {known.most} at most"
    if not result.graded and not result.reason:
        yield "no reason says why it is not graded"


def main() -> int:
    """Run the command of the module's text. Returns the exit code: 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("place", type=Path)
    parser.add_argument("--size", type=int, default=300)
    parser.add_argument("--layout", choices=["canvas", "moodle", "github", "gradescope", "plain"], default="canvas")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--honest", action="store_true", help="without the hostile programs, of which many wait")
    parser.add_argument("--check", type=Path, metavar="OUT")
    options = parser.parse_args()
    file = options.place / "truth.json"
    if options.check is None:
        shutil.rmtree(options.place / "class", ignore_errors=True)
        truth = make_class(
            options.place / "class", options.size, options.layout, options.seed, corpus=not options.honest
        )
        file.write_text(json.dumps({who: asdict(known) for who, known in truth.items()}, indent=1), encoding="utf-8")
        print(f"{len(truth)} submissions: grade class {options.place / 'class'} --out {options.place / 'out'}")
        return 0
    truth = {who: Truth(**row) for who, row in json.loads(file.read_text(encoding="utf-8")).items()}
    wrong = check(truth, options.check)
    print("\n".join([*wrong, f"{len(truth)} submissions, {len(wrong)} of them lost or wrong."]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
