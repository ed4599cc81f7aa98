"""`trona run --restart`: a run that was stopped, however it was, ends as if it had not been."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from trona.cli import main
from trona.record import read_newest
from trona.stepper import Stepper

MESH = Path(__file__).parents[2] / "meshes" / "three_layers.msh"
DECK = """\
mesh: {file: three_layers.msh, length_unit: um}
materials: {metal: sodium, film: own_film, electrolyte: napf6_carbonate}
physics:
  heat: {blocks: [metal, film, electrolyte]}
  thermal_resistance: {interface: metal | film, R: 1e-5 K*m^2/W}
boundaries:
  top: {temperature: 25 degC}
  bottom: {temperature: "298.15 K + 1 K * sin(t / (20 us))"}
initial: {temperature: 25 degC}
elements: {order: 1}
time: {end: 100 us, step: 0.1 us, tolerance: {temperature: 1 mK}}
checkpoint: {every_steps: 3}
outputs:
  every: 10
  plots: [temperature_max, along]
  extra:
    along: {line: temperature, from: [0.3 um, 1.4 um], to: [0.3 um, 6 um], points: 7}
"""
FILM = """\
properties:
  thermal_conductivity: {value: 0.4 W/m/K, source: assumed, assumption: true}
  density: {value: 2000 kg/m^3, source: assumed, assumption: true}
  specific_heat_capacity: {value: 1300 J/kg/K, source: assumed, assumption: true}
"""
_MAIN = "import sys\nfrom trona.cli import main\nsys.exit(main())\n"
# Checkpoints that take their time, so that a kill is likely to meet one.
_SLOW = (
    """\
import os, time
real = os.fsync
def slow(file):
    if os.readlink(f"/proc/self/fd/{file}").endswith(".npz.part"):
        time.sleep(0.2)
    real(file)
os.fsync = slow
"""
    + _MAIN
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with deck, mesh and material, and in `whole` the run that nothing stopped."""
    folder = tmp_path_factory.mktemp("restart")
    shutil.copy(MESH, folder)
    (folder / "deck.yaml").write_text(DECK, encoding="utf-8")
    (folder / "own_film.yaml").write_text(FILM, encoding="utf-8")
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert main(["run", "deck.yaml", "-q", "-o", "whole"]) == 0
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def here(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(place)
    return place


def rows(folder: Path) -> list[list[str]]:
    with (folder / "outputs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def files(folder: Path) -> list[str]:
    """Return the names of all files but checkpoints and the page, which only a run of the command line has."""
    found = (p for p in folder.rglob("*") if p.is_file() and p.suffix != ".npz" and p.name != "report.html")
    return sorted(str(p.relative_to(folder)) for p in found)


def distance(one: Path, two: Path) -> float:
    """The largest relative distance of any output at any step and of any entry of the ledger.

    The files, their index and the counts of Newton iterations must be the same.
    """
    table, other = rows(one), rows(two)
    assert table[0] == other[0] and [r[0] for r in table] == [r[0] for r in other]
    pairs = [(float(a), float(b)) for r, s in zip(table[1:], other[1:], strict=True) for a, b in zip(r, s, strict=True)]
    worst = max(abs(a - b) / (abs(a) or 1.0) for a, b in pairs)
    first, second = (json.loads((f / "summary.json").read_text(encoding="utf-8")) for f in (one, two))
    assert first["status"] == second["status"] and first["warnings"] == second["warnings"]
    assert first["newton"]["iterations"] == second["newton"]["iterations"]
    for balance, ledger in first["ledger"].items():
        size = max(abs(e["value"]) for e in ledger["entries"])
        for a, b in zip(ledger["entries"], second["ledger"][balance]["entries"], strict=True):
            assert (a["term"], a["plugin"], a["region"]) == (b["term"], b["plugin"], b["region"])
            worst = max(worst, abs(a["value"] - b["value"]) / size)
    audits = [(f / "audit.csv").read_text(encoding="utf-8").splitlines() for f in (one, two)]
    assert [line.split(",")[0] for line in audits[0]] == [line.split(",")[0] for line in audits[1]]
    assert files(one) == files(two)
    index, index_of_other = ((f / "fields.pvd").read_text(encoding="utf-8") for f in (one, two))
    assert re.findall('file="(.*?)"', index) == re.findall('file="(.*?)"', index_of_other)
    return worst


def start(here: Path, code: str, *words: str) -> subprocess.Popen[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("OMPI_", "PMIX_", "PMI_"))}
    environment["PYTHONPATH"] = os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p)
    command = [sys.executable, "-c", code, "run", "deck.yaml", "-q", *words]
    return subprocess.Popen(
        command, cwd=here, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def wait_for_step(process: subprocess.Popen[str], folder: Path, step: int) -> None:
    """Wait until the table of a run has the row of a step, or the run has ended."""
    while process.poll() is None:
        table = folder / "outputs.csv"
        if table.exists() and len(table.read_bytes().splitlines()) > step:
            return
        time.sleep(0.005)
    assert process.poll() == 0, process.communicate()


def kill(here: Path, folder: str, rng: random.Random, code: str, *words: str) -> bool:
    """Run, and kill -9 at a random moment of the stepping; return whether that was while a checkpoint was written."""
    last = len(rows(here / "whole")) - 2
    process = start(here, code, *words)
    wait_for_step(process, here / folder, rng.randint(4, last))
    time.sleep(rng.uniform(0, 0.3 if code == _SLOW else 0.06))
    process.kill()
    process.communicate()
    check_usable(here / folder)
    return any((here / folder / "checkpoints").glob(".*.part"))


def check_usable(folder: Path) -> None:
    """Whatever a kill leaves: the index lists whole files, and a checkpoint can be read."""
    index = folder / "fields.pvd"
    for name in re.findall('file="(.*?)"', index.read_text(encoding="utf-8")) if index.exists() else ():
        assert (folder / name).read_bytes().rstrip().endswith(b"</VTKFile>"), name
    assert read_newest(folder)[2] == []


# ---------------------------------------------------------------------- kills


@pytest.mark.parametrize(("number", "code"), [(0, _MAIN), (1, _MAIN), (2, _SLOW)], ids=["0", "1", "slow writes"])
def test_killed(number: int, code: str, here: Path) -> None:
    folder = f"killed{number}"
    kill(here, folder, random.Random(number), code, "-o", folder)
    assert main(["run", "deck.yaml", "-q", "--restart", folder]) == 0
    assert distance(here / "whole", here / folder) < 1e-12


@pytest.mark.slow
def test_killed_twenty_times(here: Path) -> None:
    """Ten while steps are made, ten with slow writes, every third in a run that was itself continued."""
    rng = random.Random(20)
    worst, writing = 0.0, 0
    for number in range(20):
        folder = f"campaign{number}"
        code = _SLOW if number % 2 else _MAIN
        writing += kill(here, folder, rng, code, "-o", folder)
        if number % 3 == 2:
            writing += kill(here, folder, rng, code, "--restart", folder)
        process = start(here, _MAIN, "--restart", folder)
        assert process.wait(120) == 0, process.communicate()
        found = distance(here / "whole", here / folder)
        assert found < 1e-9
        worst = max(worst, found)
    print(f"20 kills and 6 of continued runs, {writing} while writing; largest distance {worst:.1e}")
    assert writing >= 3


# ---------------------------------------------------------------------- signals


@pytest.mark.usefixtures("heard_signals")
def test_interrupted(here: Path) -> None:
    """Ctrl-C: the step is finished, a checkpoint written, the record closed."""
    process = start(here, _SLOW, "-o", "interrupted")
    wait_for_step(process, here / "interrupted", 4)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130, err
    step = len(rows(here / "interrupted")) - 1
    assert re.fullmatch(
        rf"SIGINT: stopped in order\nthe last good checkpoint is that of step {step}, t = \S+ s; continue with\n"
        r"  trona run deck.yaml --restart interrupted\n",
        err,
    ), err
    summary = json.loads((here / "interrupted/summary.json").read_text(encoding="utf-8"))
    assert summary["status"] == "interrupted: SIGINT" and summary["newton"]["steps"] == step
    assert main(["run", "deck.yaml", "-q", "--restart", "interrupted"]) == 0
    assert distance(here / "whole", here / "interrupted") < 1e-12


def stop_at(monkeypatch: pytest.MonkeyPatch, step: int, number: int) -> None:
    """Send this process a signal while a step is made."""
    advance = Stepper._advance

    def patched(self: Stepper, now: int, *rest: Any) -> Any:
        if now == step:
            os.kill(os.getpid(), number)
        return advance(self, now, *rest)

    monkeypatch.setattr(Stepper, "_advance", patched)


def test_terminated_and_continued_elsewhere(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        stop_at(patch, 14, signal.SIGTERM)
        assert main(["run", "deck.yaml", "-q", "-o", "terminated"]) == 143
    assert capsys.readouterr().err.startswith("SIGTERM: stopped in order\nthe last good checkpoint is that of step 14,")
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    before = {name: (here / "terminated" / name).read_bytes() for name in files(here / "terminated")}
    assert main(["run", "deck.yaml", "-q", "--restart", "terminated", "-o", "elsewhere"]) == 0
    assert distance(here / "whole", here / "elsewhere") < 1e-12
    assert before == {name: (here / "terminated" / name).read_bytes() for name in files(here / "terminated")}


# ---------------------------------------------------------------------- the end, and after it


def test_a_finished_run_can_be_extended(here: Path) -> None:
    """With constant steps, so that the end of the first part is a step of the whole."""
    constant = ["time={end: 12 us, step: 1 us}", "-q"]
    assert main(["run", "deck.yaml", *constant, "-o", "long"]) == 0
    constant[0] = "time={end: 7 us, step: 1 us}"
    assert main(["run", "deck.yaml", *constant, "-o", "short", "checkpoint.every_steps=null"]) == 0
    assert len(rows(here / "short")) == 8
    constant[0] = "time={end: 12 us, step: 1 us}"
    assert main(["run", "deck.yaml", *constant, "--restart", "short"]) == 0
    assert distance(here / "long", here / "short") < 1e-12


def test_a_finished_run_stays_what_it_is(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree("whole", "finished")
    table = (here / "finished/outputs.csv").read_bytes()
    assert main(["run", "deck.yaml", "--restart", "finished"]) == 0
    assert "temperature_max" in capsys.readouterr().out
    assert (here / "finished/outputs.csv").read_bytes() == table
    assert distance(here / "whole", here / "finished") < 1e-12


def test_from_python_with_nothing_written(here: Path) -> None:
    import trona

    before = {p: p.stat().st_mtime_ns for p in (here / "whole").rglob("*")}
    result = trona.run("deck.yaml", restart="whole", record=False)
    assert (result.status, result.directory) == ("finished", None)
    last = dict(zip(*(rows(here / "whole")[i] for i in (0, -1)), strict=True))
    assert result["temperature_max"] == pytest.approx(float(last["temperature_max [K]"]), rel=1e-13)
    assert len(result.newton) == len(rows(here / "whole")) - 1
    assert before == {p: p.stat().st_mtime_ns for p in (here / "whole").rglob("*")}


# ---------------------------------------------------------------------- mistakes


def refused(capsys: pytest.CaptureFixture[str], *words: str, restart: str = "whole") -> str:
    assert main(["run", "deck.yaml", "-q", *words, "--restart", restart]) == 2
    err = capsys.readouterr().err
    return re.sub(r"whole/checkpoints/\d+\.npz", "FILE", err)


def test_another_deck_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("physics.thermal_resistance.R=1e-4 K*m^2/W", "initial=null", "boundaries.sides.heat_flux=1 W/m^2")
    assert refused(capsys, *words) == (
        "FILE: the checkpoint belongs to another deck:\n"
        "  boundaries.sides.heat_flux is new: '1 W/m^2'\n"
        "  initial.temperature was removed: it was '25 degC'\n"
        "  physics.thermal_resistance.R was '1e-5 K*m^2/W', is '1e-4 K*m^2/W'\n"
        "only title, time, solver, outputs, units, audit, checkpoint and protocol may change when a run is continued\n"
    )


def test_another_material_or_mesh_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from layers import Layer, build

    (here / "other").mkdir()
    build(here / "other/three_layers.msh", [Layer("metal", 1, 2), Layer("film", 1, 2), Layer("electrolyte", 5, 3)])
    (here / "other/own_film.yaml").write_text(FILM.replace("0.4 W", "0.5 W"), encoding="utf-8")
    deck = DECK.replace("extra:", "").replace("plots: [temperature_max, along]", "")
    deck = "\n".join(line for line in deck.splitlines() if "along:" not in line)
    (here / "other/deck.yaml").write_text(deck, encoding="utf-8")
    assert main(["run", "other/deck.yaml", "-q", "--restart", "whole"]) == 2
    err = capsys.readouterr().err
    assert "another deck:\n  the mesh has changed\n  the file of the material of film has changed\nonly " in err


def test_what_may_change(here: Path, tmp_path: Path) -> None:
    """Remarks of a material, and a mesh that is found elsewhere, are no other deck; new outputs get a column."""
    for name in ("deck.yaml", "own_film.yaml"):
        text = (here / name).read_text(encoding="utf-8").replace("source: assumed", "source: guessed")
        (tmp_path / name).write_text(text, encoding="utf-8")
    shutil.copy(MESH, tmp_path / "elsewhere.msh")
    shutil.copytree("whole", tmp_path / "run")
    words = ["mesh.file=elsewhere.msh", "title=Another", "solver={max_iterations: 20}", "outputs.plots=null"]
    words += ["outputs.extra={film_mean: {reduce: mean, of: temperature, on: film}}", "time.end=101 us"]
    assert main(["run", str(tmp_path / "deck.yaml"), "-q", *words, "--restart", str(tmp_path / "run")]) == 0
    # What the first part wrote after its last checkpoint, and the second does not want, is gone.
    assert (here / "whole/plots").is_dir() and not any((tmp_path / "run").rglob("*.png"))
    table, before = rows(tmp_path / "run"), rows(here / "whole")
    assert table[0] == [*before[0], "film_mean [K]"]
    assert [row[:-1] for row in table[: len(before)]] == before
    assert {row[-1] for row in table[1 : len(before)]} == {""} and float(table[-1][-1]) > 290


def test_nothing_to_continue(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, restart="gone") == ("gone: no such folder; --restart takes the folder of an earlier run\n")
    (here / "empty").mkdir(exist_ok=True)
    assert refused(capsys, restart="empty").startswith("empty: no checkpoint; the first is written after")
    assert refused(capsys, "time=null", "checkpoint=null") == ("--restart: a steady run cannot be continued\n")
    assert refused(capsys, "time.end=50 us") == (
        "FILE: the run has reached t = 0.0001 s, which is past time.end, 5e-05 s\n"
    )


def test_a_damaged_checkpoint(here: Path) -> None:
    """The one before is taken, with a warning that stays in the summary."""
    shutil.copytree("whole", "damaged")
    newest = sorted((here / "damaged/checkpoints").glob("*.npz"))[-1]
    newest.write_bytes(newest.read_bytes()[:-1])
    assert main(["run", "deck.yaml", "-q", "--restart", "damaged"]) == 0
    summary = json.loads((here / "damaged/summary.json").read_text(encoding="utf-8"))
    assert [w.split(" (")[0] for w in summary["warnings"]] == [
        f"damaged/checkpoints/{newest.name}: this checkpoint is damaged"
    ]
    assert rows(here / "damaged")[-1][0] == rows(here / "whole")[-1][0]


def test_other_versions_are_a_warning(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import trona
    from trona.record import versions

    monkeypatch.setattr("trona.record.versions", lambda: {**versions(), "firedrake": "1", "trona": "2"})
    from trona.record import make_reporter

    reporter = make_reporter(quiet=True)
    trona.run("deck.yaml", restart="whole", record=False, reporter=reporter)
    (warning,) = reporter.warnings
    assert re.fullmatch(
        r"the checkpoint was written with trona \S+, now 2; firedrake \S+, now 1: the last digits may differ", warning
    )


# ---------------------------------------------------------------------- a full disk


def test_a_full_disk(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The run ends with one message; from what is there, it goes on in another folder."""
    disk = here / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160k", "none", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        assert main(["run", "deck.yaml", "-q", "-o", "disk/run"]) == 2
        err = capsys.readouterr().err
        step = int(read_newest(disk / "run")[0].stem)
        assert re.fullmatch(
            r"disk/run: cannot write there \(no space left on device\); free space or rights, or choose another -o\n"
            rf"the last good checkpoint is that of step {step}, t = \S+ s; continue with\n"
            r"  trona run deck.yaml --restart disk/run\n",
            err,
        ), err
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        assert main(["run", "deck.yaml", "-q", "--restart", "disk/run"]) == 2
        assert "disk/run: cannot write there (read-only file system)" in capsys.readouterr().err
        assert main(["run", "deck.yaml", "-q", "--restart", "disk/run", "-o", "from_disk"]) == 0
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
    assert distance(here / "whole", here / "from_disk") < 1e-12
