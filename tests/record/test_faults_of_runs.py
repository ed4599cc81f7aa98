"""The same as in `test_faults`, of runs that solve something: `trona run` and `trona run --restart` in turn."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from disks import Machine, PowerLossError
from test_faults import content, refuse_half_written

from trona.cli import main
from trona.errors import UserError
from trona.record import read_newest

DECK = """\
mesh: {layers: [{film: 1 um}], cells: 2}
materials: {film: uniform_sei}
physics:
  heat: {blocks: [film]}
boundaries:
  top: {temperature: 25 degC}
initial: {temperature: 30 degC}
elements: {order: 1}
time: {end: 3 us, step: 1 us}
checkpoint: {every_steps: 2}
"""
WORDS = ["run", "deck.yaml", "-q"]


def rows(folder: Path) -> list[list[str]]:
    return list(csv.reader((folder / "outputs.csv").read_text(encoding="utf-8").splitlines()))


@pytest.mark.slow
@pytest.mark.parametrize("how", ["error", "full", "lost", "mixed"])
def test_every_call_of_a_run_fails_in_turn(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deck.yaml").write_text(DECK, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    disk, out = tmp_path / "disk", Path("disk/runs/cell")
    disk.mkdir()
    machine = Machine(disk)
    with machine.running():
        assert main([*WORDS, "-o", str(out)]) == 0
    whole, calls, table = content(tmp_path / out), machine.calls, rows(out)
    for at, call in enumerate(calls, start=1):
        what = f"{how} at {at}: {call}"
        shutil.rmtree(disk)
        disk.mkdir()
        machine = Machine(disk, how, at)
        with machine.running():
            try:
                code = main([*WORDS, "-o", str(out)])
            except PowerLossError:
                code = -1
        if machine.off:  # PETSc may have kept the exception
            code = -1
            machine.restore(seed=at)
        err = capsys.readouterr().err
        assert code in ((-1,) if how in ("lost", "mixed") else (0, 2)), f"{what}: {err}"
        if code == 2:
            assert err.startswith("disk/runs") and "cannot write there" in err, f"{what}: {err}"
        refuse_half_written(out)
        try:
            step = read_newest(out)[1]["stepper"]["number"]
        except UserError:
            step = 0
        if code == 2 and "the last good checkpoint" in err:
            assert f"that of step {step}," in err or step > 0, f"{what}: {err}"
        with Machine(disk).running():
            again = main([*WORDS, *(("--restart", str(out)) if step else ("-o", str(out)))])
        assert again == 0, f"{what}: {capsys.readouterr().err}"
        assert rows(out) == table, what
        assert content(tmp_path / out).keys() == whole.keys(), what
    print(f"{how}: {len(calls)} calls, each in turn")
