"""Cases on several processes each, in groups under mpiexec or srun; groups that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from waiting import alive, until

from trona.cli import main
from trona.deck import read_deck
from trona.errors import SolveError, TronaError, UserError
from trona.record import open_directory
from trona.sweep import SweepTable, read_sweep, run_sweep
from trona.sweep.pool import _Worker
from trona.sweep.terminal import SilentSweep
from trona.sweep.worker import Job, Solver, met

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the processes in /proc")

DECK = """\
mesh: {layers: [{metal: 1 um}], cells: 4}
materials: {metal: sodium}
physics: {heat: {blocks: [metal]}}
boundaries: {top: {temperature: 300 K}, bottom: {heat_flux: 0 W/m^2}}
initial: {temperature: 300 K}
elements: {order: 1}
time: {end: 4 ns, step: 1 ns}
sweep:
  parameters: {q: boundaries.bottom.heat_flux, end: time.end}
  ranks: 2
  processes: 1
  keep: tables
"""
SHORT, LONG = "4 ns", "100 ns"


def write(folder: Path, number: int, long: tuple[int, ...]) -> Path:
    """Write a deck with cases of 4 steps, and of 100 steps for those that are killed."""
    cases = "".join(f"    - {{q: {n} MW/m^2, end: {LONG if n in long else SHORT}}}\n" for n in range(1, number + 1))
    path = folder / "deck.yaml"
    path.write_text(f"{DECK}  list:\n{cases}", encoding="utf-8")
    return path


def children(pid: int) -> list[int]:
    return [int(n) for tasks in Path(f"/proc/{pid}/task").glob("*/children") for n in tasks.read_text().split()]


def running_for_good(case: Path) -> bool:
    table = case / "outputs.csv"
    return table.is_file() and table.read_text(encoding="utf-8").count("\n") > 3


class Killer(threading.Thread):
    """Kills one process of the group that solves each of some cases, while it makes steps."""

    def __init__(self, out: Path, cases: tuple[int, ...]) -> None:
        super().__init__(daemon=True)
        self.out, self.cases, self.killed = out, cases, list[int]()

    def run(self) -> None:
        for number in self.cases:
            until(lambda case=self.out / f"cases/{number:04d}": running_for_good(case))  # type: ignore[misc]
            groups = [below for pid in children(os.getpid()) for below in (pid, *children(pid))]
            ranks = [rank for pid in groups if said(pid).split("\0")[0].endswith("mpiexec") for rank in children(pid)]
            self.killed.append(max(ranks))
            os.kill(max(ranks), signal.SIGKILL)


def said(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except FileNotFoundError:
        return ""


def swept(deck: Path, out: Path, **more: Any) -> SweepTable:
    return run_sweep(deck, directory=out, reporter=SilentSweep(), **more)


def written(out: Path) -> dict[str, int]:
    return {file.parent.name: file.stat().st_mtime_ns for file in out.glob("cases/*/summary.json")}


@pytest.mark.parametrize(
    ("number", "killed"), [(5, (3,)), pytest.param(50, (3, 14, 25, 26, 50), marks=pytest.mark.slow)]
)
def test_only_cases_of_killed_groups_fail_and_only_they_are_run_again(
    number: int, killed: tuple[int, ...], tmp_path: Path
) -> None:
    deck, out = write(tmp_path, number, killed), tmp_path / "out"
    killer = Killer(out, killed)
    killer.start()
    table = swept(deck, out)
    killer.join(60)
    assert len(killer.killed) == len(killed)
    assert [result.number for result in table.failed] == list(killed)
    for result in table.failed:
        assert result.message == "one of its 2 processes ended by SIGKILL; perhaps out of memory; see worker-1.log"
    before = written(out)
    assert [r.number for r in swept(deck, out).failed] == list(killed) and written(out) == before
    again = swept(deck, out, retry_failed=True)
    assert not again.failed
    after = written(out)
    assert {name for name in after if after[name] != before.get(name)} == {f"{n:04d}" for n in killed}
    # The table is the serial one.
    sweep, solver = read_sweep(read_deck(deck)), Solver()
    for case in sweep.cases if number < 10 else sweep.cases[::10]:
        alone = solver.solve(Job(case.number, sweep.case_deck(case), tmp_path / case.name))
        together = again.results[case.number]
        assert together.outputs == pytest.approx(alone.outputs, rel=1e-11) and together.newton == alone.newton


@pytest.mark.slow  # a process with a loaded MPI starts it: its groups must not take that for theirs
def test_groups_end_with_their_sweep(tmp_path: Path) -> None:
    write(tmp_path, 4, (2, 3, 4))
    out = tmp_path / "out"
    command = [sys.executable, "-m", "trona.cli", "sweep", "deck.yaml", "-o", "out", "-q", "--processes", "2"]
    process = subprocess.Popen(command, cwd=tmp_path)
    until(lambda: all(running_for_good(out / f"cases/000{n}") for n in (2, 3)))
    groups = children(process.pid)
    ranks = [rank for pid in groups for rank in children(pid)]
    assert len(groups) == 2 and len(ranks) == 4
    process.kill()
    process.wait()
    until(lambda: not any(alive(pid) for pid in (*groups, *ranks)))
    assert main([*command[3:4], str(tmp_path / "deck.yaml"), "-o", str(out), "-q"]) == 0


class Late:
    """Stands in for processes of which the others do not come."""

    rank, size = 1, 2

    def Ibarrier(self) -> Late:  # noqa: N802 - as of MPI
        return self

    def Test(self) -> bool:  # noqa: N802
        return False

    def Abort(self, code: int) -> None:  # noqa: N802
        raise SystemExit(code)


def test_a_process_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has failed alone, and the others wait for it inside the case: their group is ended."""
    assert not met(Late(), 0.01)
    monkeypatch.setattr("trona.sweep.worker._PATIENCE", 0.01)
    monkeypatch.setattr("trona.sweep.worker.run", failing)
    with pytest.raises(SystemExit):
        Solver(Late()).solve(Job(1, None, tmp_path / "1"))  # type: ignore[arg-type]


def failing(*_: Any, **__: Any) -> Any:
    raise SolveError("no solution")


@pytest.mark.parallel(2)
def test_what_fails_on_one_process_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    good = SimpleNamespace(status="finished", outputs={}, newton=[])
    monkeypatch.setattr("trona.sweep.worker.run", failing if comm.rank == 1 else lambda *_, **__: good)
    result = Solver(comm).solve(Job(7, None, Path("7")))  # type: ignore[arg-type]
    assert (result.number, result.status, result.message) == (7, "failed", "no solution")


def test_a_group_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = open_directory(tmp_path / "out", "sweep").stream("worker-1.log")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="2 processes for a case need mpiexec, which is not installed"):
        _Worker(log, 1, 2)
    (tmp_path / "mpiexec").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "mpiexec").chmod(0o755)
    with pytest.raises(TronaError, match=r"a group of processes did not start; its output is in .*worker-1\.log"):
        _Worker(log, 1, 2)


# ---------------------------------------------------------------- slurm

SRUN = """\
#!/bin/sh
# Stands in for Slurm: srun --ntasks=N --OPTION... COMMAND...
n=${1#--ntasks=}
while [ "${1#--}" != "$1" ]; do shift; done
mpiexec --oversubscribe -n "$n" "$@"
code=$?
# Slurm ends the others of a group, and tells the largest code.
[ $code = 137 ] && { echo "srun: error: node: task 1: Killed" >&2; exit 143; }
exit $code
"""


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "srun").write_text(SRUN)
    (tmp_path / "srun").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("slurm")
@pytest.mark.parametrize(("ranks", "number", "killed"), [(1, 1, ()), pytest.param(2, 3, (2,), marks=pytest.mark.slow)])
def test_cases_through_srun(ranks: int, number: int, killed: tuple[int, ...], tmp_path: Path) -> None:
    deck, out = write(tmp_path, number, killed), tmp_path / "out"
    killer = Killer(out, killed)
    killer.start()
    table = swept(deck, out, engine="slurm", ranks=ranks)
    killer.join(60)
    assert [result.number for result in table.failed] == list(killed)
    told = "one of its 2 processes ended (node: task 1: Killed); perhaps out of memory; see worker-1.log"
    assert all(result.message == told for result in table.failed)
    sweep = read_sweep(read_deck(deck))
    alone = Solver().solve(Job(1, sweep.case_deck(sweep.cases[0]), tmp_path / "alone"))
    assert table.results[1].outputs == pytest.approx(alone.outputs, rel=1e-11)
    if killed:
        assert not swept(deck, out, engine="slurm", retry_failed=True).failed


def test_what_srun_says_is_told_where_it_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slurm: None
) -> None:
    (tmp_path / "srun").write_text("#!/bin/sh\necho 'srun: error: Requested nodes are busy' >&2\nexit 1\n")
    with pytest.raises(TronaError) as raised:
        swept(write(tmp_path, 2, ()), tmp_path / "out", engine="slurm")
    log = tmp_path / "out" / "worker-1.log"
    told = f"its output is in {log}:\n    srun: error: Requested nodes are busy"
    assert str(raised.value) == f"a group of processes did not start; {told}"


def test_a_stranger_who_calls_is_not_taken_for_a_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """srun ends after two have called that do not know the word: one at the right length, one who hangs up."""
    (tmp_path / "srun").write_text(f'#!/bin/sh\nexec {sys.executable} {tmp_path}/stranger.py "$@"\n')
    (tmp_path / "srun").chmod(0o755)
    (tmp_path / "stranger.py").write_text(
        "import socket, sys\nhost, port = sys.argv[-2].split(':')\n"
        "for said in (b'x' * 64, b''):\n"
        "    with socket.create_connection((host, int(port))) as link:\n        link.sendall(said)\n"
        "print('strangers have called')\n"
    )
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    log = open_directory(tmp_path / "out", "sweep").stream("worker-1.log")
    with pytest.raises(TronaError, match=r"did not start; .*:\n    strangers have called$"):
        _Worker(log, 1, 2, "slurm")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--engine", "slurm"], "engine slurm needs the program 'srun', which is not here\n"),
        (["--engine", "flux"], "engine flux needs the program 'flux', which is not here\n"),
        (["--ranks", "0"], "a case needs at least one process, got 0\n"),
    ],
)
def test_an_engine_that_cannot_work_is_refused(
    more: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, 2, ())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["sweep", "deck.yaml", "-o", "out", *more]) == 2
    assert capsys.readouterr().err == message and not (tmp_path / "out").exists()


@pytest.mark.usefixtures("slurm")
def test_slurm_says_how_many_cases_have_room(monkeypatch: pytest.MonkeyPatch) -> None:
    from trona.sweep.cluster import slots

    monkeypatch.setenv("SLURM_NTASKS", "9")
    assert slots("slurm", 2) == 4 and slots("slurm", 16) == 1
    monkeypatch.delenv("SLURM_NTASKS")
    with pytest.raises(UserError, match="engine slurm does not say how many processes it has; give 'processes'"):
        slots("slurm", 2)
