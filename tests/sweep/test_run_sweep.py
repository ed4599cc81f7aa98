"""Sweeps that run: over processes, with a case that fails, gone on with, and killed."""

from __future__ import annotations

import csv
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from math import log
from pathlib import Path

import pytest
from waiting import alive, until

from trona.cli import main
from trona.deck import read_deck
from trona.record import reopen_directory
from trona.session.run import run
from trona.sweep import SweepTable, read_sweep, run_sweep
from trona.sweep.cases import Plot
from trona.sweep.plots import _lines
from trona.sweep.terminal import SilentSweep
from trona.sweep.worker import Job, Solver

# A conductivity that grows by a factor e per kelvin: much heat needs more Newton iterations than are allowed.
DECK = """\
mesh: {layers: [{metal: 1 um}], cells: 8}
materials: {metal: {use: sodium, thermal_conductivity: 1 W/m/K * exp((temperature - 300 K) / (1 K))}}
physics: {heat: {blocks: [metal]}}
boundaries: {top: {temperature: 300 K}, bottom: {heat_flux: 0 W/m^2}}
solver: {max_iterations: 6}
sweep:
  parameters: {q: boundaries.bottom.heat_flux, T: boundaries.top.temperature}
  list:
    - {q: 0.1 MW/m^2, T: 300 K}
    - {q: 0.2 MW/m^2, T: 300 K}
    - {q: 200 MW/m^2, T: 300 K}
    - {q: 0.2 MW/m^2, T: 300.5 K}
  plots: [{x: q, y: temperature_max, by: T}, {x: q, y: T, map: temperature_max}]
  processes: 2
"""


def hottest(q: float, T: float) -> float:
    """The closed form: conduction with k = exp((T - 300 K)/K) W/m/K through 1 um."""
    return 300.0 + log(2.718281828459045 ** (T - 300.0) + q * 1e-6)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> SweepTable:
    """The sweep above, run once; its deck and results are in the folder of its deck."""
    folder = tmp_path_factory.mktemp("sweep")
    (folder / "deck.yaml").write_text(DECK, encoding="utf-8")
    return run_sweep(folder / "deck.yaml", directory=folder / "out", reporter=SilentSweep())


@pytest.fixture
def copied(swept: SweepTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of deck and results, to go on with there."""
    shutil.copytree(swept.sweep.deck.folder, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return tmp_path / "copy"


def rows(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "sweep.csv").read_text(encoding="utf-8").splitlines()))


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_a_failed_case_is_a_row_and_the_others_are_right(swept: SweepTable) -> None:
    assert [(r.number, r.status) for r in swept.succeeded] == [(1, "finished"), (2, "finished"), (4, "finished")]
    assert [r.number for r in swept.failed] == [3]
    q, T = swept.values("q"), swept.values("T")
    assert swept.unit("q") == "MW/m^2" and q.tolist() == [0.1, 0.2, 0.2] and T.tolist() == [300, 300, 300.5]
    expected = [hottest(1e6 * a, b) for a, b in zip(q, T, strict=True)]
    assert swept.values("temperature_max") == pytest.approx(expected, abs=1e-4)
    folder = swept.sweep.deck.folder / "out"
    table = rows(folder)
    assert [row["case"] for row in table] == list("1234")
    assert float(table[3]["temperature_max [K]"]) == swept.values("temperature_max")[2]
    assert table[2]["status"] == "failed" and table[2]["temperature_max [K]"] == ""
    assert table[2]["message"] in (folder / "cases/0003/failure.txt").read_text(encoding="utf-8")
    assert {p.name for p in (folder / "plots").iterdir()} == {
        "temperature_max-over-q-by-T.png",
        "temperature_max-over-q-and-T.png",
    }


def test_cases_at_one_place_are_not_connected(swept: SweepTable) -> None:
    by_T, alone = (_lines(swept, Plot("q", "temperature_max", by, None, {})).axes[0].lines for by in ("T", None))
    assert [line.get_linestyle() for line in by_T] == ["-", "-"]
    assert [line.get_linestyle() for line in alone] == ["None"]


def test_a_case_is_what_a_run_of_its_deck_gives(swept: SweepTable) -> None:
    """Also of a case that was solved after another one by the same process, on the same mesh."""
    sweep = swept.sweep
    for case in sweep.cases[1::2]:
        alone = run(sweep.case_deck(case), record=False)
        assert alone["temperature_max"] == pytest.approx(
            swept.results[case.number].outputs["temperature_max"], rel=1e-14
        )
        summary = json.loads((sweep.deck.folder / f"out/cases/{case.name}/summary.json").read_text(encoding="utf-8"))
        assert summary["newton"]["total_iterations"] == swept.results[case.number].newton


def test_a_process_takes_the_mesh_of_the_case_before_only_if_it_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "deck.yaml").write_text(
        DECK[: DECK.index("sweep:")].replace("heat_flux: 0", "heat_flux: 1e5")
        + "sweep: {list: [{mesh.layers: [metal: 1 um]}, {mesh.layers: [metal: 2 um]}, {mesh.layers: [metal: 2 um]}]}",
        encoding="utf-8",
    )
    sweep, solver, meshes, found = read_sweep(read_deck(tmp_path / "deck.yaml")), Solver(), [], []
    for case in sweep.cases:
        result = solver.solve(Job(case.number, sweep.case_deck(case), tmp_path / case.name))
        found.append(result.outputs["temperature_max"])
        meshes.append(solver.kept._meshes)
    assert found == pytest.approx([hottest(1e5, 300.0), hottest(2e5, 300.0), hottest(2e5, 300.0)], abs=1e-4)
    assert meshes[0] is not meshes[1] and meshes[1] is meshes[2]


def test_values_that_do_not_go_together_are_a_failed_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each value is good with some other; the case after the one that fails is solved by another process."""
    (tmp_path / "deck.yaml").write_text(
        DECK[: DECK.index("sweep:")]
        + """\
outputs: {extra: {inside: {probe: temperature, at: [1 um]}}}
sweep:
  parameters: {thickness: "mesh.layers[0].metal", x: outputs.extra.inside.at}
  grid: {thickness: [2 um, 1 um, 3 um], x: [[0.5 um], [1.5 um]]}
  plots: [{x: thickness, y: inside, by: x}, {x: thickness, y: x, map: inside}]
""",
        encoding="utf-8",
    )
    table = run_sweep(tmp_path / "deck.yaml", directory=tmp_path / "out", processes=1)
    assert [result.number for result in table.failed] == [4]
    message = table.failed[0].message
    assert "deck.yaml:9:56 sweep.grid.x[1][0]: the point lies outside the mesh" in message
    assert (tmp_path / "out/cases/0004/failure.txt").read_text(encoding="utf-8") == f"{message}\n"
    out, err = capsys.readouterr()
    assert err.splitlines()[0] == "deck: 6 cases, 1 process"
    (line,) = (line for line in err.splitlines() if line.startswith("case 4 of 6: "))
    assert line.startswith("case 4 of 6: thickness = 1 um, x = [1.5 um]: failed: ")
    assert "5 of 6 cases succeeded, 1 failed; 6 solved now in " in out
    # Words have places on an axis, too.
    assert {p.name for p in (tmp_path / "out/plots").iterdir()} == {
        "inside-over-thickness-by-x.png",
        "inside-over-thickness-and-x.png",
    }


def test_finished_cases_are_not_run_again(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {p: p.stat().st_mtime_ns for p in copied.glob("out/cases/*/*")}
    # What is tabulated and drawn may change.
    change(copied / "deck.yaml", "processes: 2", "collect: [temperature_max]")
    assert main(["sweep", "deck.yaml", "-o", "out", "-q"]) == 1
    assert {p: p.stat().st_mtime_ns for p in copied.glob("out/cases/*/*")} == before
    assert [name for name in rows(copied / "out")[0] if name.endswith("[K]")] == ["T [K]", "temperature_max [K]"]
    capsys.readouterr()
    assert main(["sweep", "deck.yaml", "-o", "out"]) == 1
    out, err = capsys.readouterr()
    assert err == "deck: 4 cases, 4 of them have run, 1 process\n"
    assert "case 3 failed: q = 200 MW/m^2, T = 300 K: " in out
    assert out.endswith("3 of 4 cases succeeded, 1 failed; nothing was left to solve\nresults in out\n")


def test_what_is_missing_is_run_and_what_failed_on_request(copied: Path) -> None:
    state = json.loads((copied / "out/sweep.json").read_text(encoding="utf-8"))
    state["results"] = [r for r in state["results"] if r["number"] != 1]
    (copied / "out/sweep.json").write_text(json.dumps(state), encoding="utf-8")
    shutil.rmtree(copied / "out/cases/0001")
    kept = {n: (copied / f"out/cases/{n:04d}/summary.json").stat().st_mtime_ns for n in (2, 3, 4)}
    assert main(["sweep", "deck.yaml", "-o", "out", "-q", "--retry-failed", "--processes", "1"]) == 1
    now = {n: (copied / f"out/cases/{n:04d}/summary.json").stat().st_mtime_ns for n in kept}
    assert [n for n in kept if now[n] != kept[n]] == [3]
    assert [row["status"] for row in rows(copied / "out")] == ["finished", "finished", "failed", "finished"]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("max_iterations: 6", "max_iterations: 7", "the sweep of another deck:\n  solver.max_iterations was 6, is 7\n"),
        ("300.5 K}", "300.6 K}", "another sweep of this deck:\n  case 4 was q = 0.2 MW/m^2, T = 300.5 K, is q = "),
        ("    - {q: 0.2 MW/m^2, T: 300 K}\n", "", "another sweep of this deck:\n  it had 4 cases, now there are 3\n"),
        ("cells: 8", "cells: 9", "the sweep of another deck:\n  the mesh has changed\n"),
    ],
)
def test_another_sweep_is_refused(
    copied: Path, capsys: pytest.CaptureFixture[str], before: str, after: str, message: str
) -> None:
    change(copied / "deck.yaml", before, after)
    assert main(["sweep", "deck.yaml", "-o", "out"]) == 2
    assert capsys.readouterr().err.startswith(f"out/sweep.json: {message}")
    assert len(rows(copied / "out")) == 4


def test_folders_that_are_refused(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "deck.yaml", "-o", "out/cases/0001"]) == 2
    assert capsys.readouterr().err == "out/cases/0001: the folder of a run, not of a sweep; choose another -o\n"
    (copied / "out/sweep.json").write_text("{", encoding="utf-8")
    assert main(["sweep", "deck.yaml", "-o", "out"]) == 2
    assert capsys.readouterr().err.startswith("out/sweep.json: cannot be read (")


def test_two_sweeps_cannot_share_a_folder(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = reopen_directory(copied / "out")
    assert main(["sweep", "deck.yaml", "-o", "out"]) == 2
    assert capsys.readouterr().err == (
        f"out: another trona process is writing there (process {os.getpid()} on {platform.node()}); "
        "wait for its end, or choose another -o\n"
    )
    first.close()
    assert main(["sweep", "deck.yaml", "-o", "out", "-q"]) == 1  # a case had failed


def test_run_refuses_a_sweep_and_names_the_commands(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "deck.yaml"]) == 2
    assert capsys.readouterr().err == (
        "deck.yaml:6:1 sweep: this deck has a sweep: 'trona sweep deck.yaml' runs its cases; "
        "add sweep=null to run the deck without it\n"
    )
    assert main(["sweep", "deck.yaml", "sweep=null"]) == 2
    assert capsys.readouterr().err == "deck.yaml:1:1: the deck has no section 'sweep'; 'trona run' solves it\n"
    assert not list(copied.glob("runs/*"))


def test_check_tells_the_cases(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "deck.yaml"]) == 0
    out = capsys.readouterr().out
    assert "4 cases; the above is the first\n" in out
    assert "q (boundaries.bottom.heat_flux): 3 values, 0.1 MW/m^2 ... 200 MW/m^2\n" in out
    assert main(["check", "deck.yaml", "sweep.list[2].q=1 V"]) == 2
    assert "boundaries.bottom.heat_flux: expected a quantity in" in capsys.readouterr().err


# ---------------------------------------------------------------- kill -9

LONG = f"""{DECK[: DECK.index("  list:")]}
  grid: {{q: [0.1 MW/m^2, 0.2 MW/m^2, 0.3 MW/m^2, 0.4 MW/m^2], T: [300 K, 300.5 K]}}
  processes: 2
  keep: tables
initial: {{temperature: 300 K}}
time: {{end: 2 us, step: 25 ns}}
outputs: {{plots: [temperature]}}
"""


def started(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "trona.cli", "sweep", "deck.yaml", "-o", "out"], cwd=folder, stderr=subprocess.DEVNULL
    )


def children(process: subprocess.Popen[bytes]) -> list[int]:
    return [int(n) for n in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the processes in /proc")
def test_a_sweep_survives_kill_9(tmp_path: Path) -> None:
    (tmp_path / "deck.yaml").write_text(LONG, encoding="utf-8")
    out = tmp_path / "out"
    process = started(tmp_path)
    until(lambda: (out / "sweep.csv").is_file() and len(rows(out)) >= 3)
    workers = children(process)
    assert len(workers) == 2
    process.kill()
    process.wait()
    until(lambda: not any(alive(pid) for pid in workers))
    done = {row["case"]: (out / f"cases/{int(row['case']):04d}/summary.json").stat().st_mtime_ns for row in rows(out)}
    assert 3 <= len(done) < 8
    # Then one of the processes is killed: its case is lost, the sweep is not.
    process = started(tmp_path)
    until(lambda: len(rows(out)) > len(done))
    os.kill(children(process)[0], signal.SIGKILL)
    assert process.wait(120) == 1
    table = rows(out)
    lost = [row for row in table if row["status"] == "failed"]
    assert len(table) == 8 and len(lost) == 1
    assert lost[0]["message"].startswith("its process ended by SIGKILL; perhaps out of memory; see worker-")
    for number, when in done.items():
        assert (out / f"cases/{int(number):04d}/summary.json").stat().st_mtime_ns == when
    command = ["sweep", str(tmp_path / "deck.yaml"), "-o", str(out), "-q", "--retry-failed"]
    assert main(command) == 0
    assert {row["status"] for row in rows(out)} == {"finished"}
    assert not list(out.glob("cases/*/plots")) and not list(out.glob("cases/*/*.pvd"))


@pytest.mark.slow
@pytest.mark.usefixtures("heard_signals")
def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    (tmp_path / "deck.yaml").write_text(LONG, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "trona.cli", "sweep", "deck.yaml", "-o", "out"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    out = tmp_path / "out"
    until(lambda: (out / "sweep.csv").is_file() and len(rows(out)) >= 1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert err.splitlines()[-2].endswith(" of 8 cases have run; continue with")
    assert err.splitlines()[-1] == "  trona sweep deck.yaml -o out"


def test_the_tutorial_sweep_is_what_it_says(tutorial: Path) -> None:
    sweep = read_sweep(read_deck(tutorial.parent / "sweep_temperature.yaml"))
    assert len(sweep.cases) == 10 and sweep.keep == "tables"


@pytest.mark.parallel(2)
def test_a_sweep_under_mpiexec_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "deck.yaml"]) == 2
    message = "trona sweep starts its own processes: call it without mpiexec, with --processes N and --ranks N\n"
    assert capsys.readouterr().err in (message, "")  # the first rank speaks
