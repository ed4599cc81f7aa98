"""What a run returns reads as what is loaded from its folder later, for which nothing of Firedrake is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

import trona

_SCRIPT = """
import sys, trona
run = trona.load("out")
values = run.fields["temperature"].at(6e-6)["film"].values
print(run["temperature_max"] == values.max(), run.history.rows, run.status, run.name)
print([name for name in ("firedrake", "petsc4py", "ufl", "matplotlib", "pluggy", "mpi4py") if name in sys.modules])
"""


def test_a_run_and_what_is_loaded_of_it(small_run: Path) -> None:
    solved = trona.run("deck.yaml", directory="out", overrides=["outputs.every=2"])
    loaded = trona.load("out")
    assert isinstance(solved, trona.RecordedRun) and isinstance(loaded, trona.RecordedRun)
    for run in (solved, loaded):
        assert run.history["time"][-1] == 6e-6 and run.history["temperature_max"][-1] == run["temperature_max"]
        np.testing.assert_allclose(run.fields["temperature"].times, [2e-6, 4e-6, 6e-6], rtol=1e-12)
        assert run.deck["physics"] == {"heat": {"blocks": ["film"]}}
        assert run.summary["ledger"]["energy"]["unit"] == "J/m^2"
    assert (solved.status, solved.outputs.keys(), solved.directory) == (
        loaded.status,
        loaded.outputs.keys(),
        Path("out"),
    )
    for name, output in solved.outputs.items():
        assert loaded[name] == output.value and loaded.outputs[name].unit == output.unit
    assert repr(solved).split("\n")[1:] == repr(loaded).split("\n")[1:]
    block = loaded.fields["temperature"][-1]["film"]
    assert block.points.shape == (3, 1) and block.cell_type == "line"
    ended = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=False)
    assert ended.stdout.splitlines() == ["True 6 finished deck", "[]"], ended.stdout + ended.stderr
