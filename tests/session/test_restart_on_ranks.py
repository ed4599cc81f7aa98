"""Checkpoints of two ranks: each keeps its own cells, and one rank or two go on from those of one or two."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from layers import Layer, build
from pytest_mpi import parallel_assert

from trona.record import make_reporter
from trona.record.checkpoint import decode
from trona.session.run import run

CONTENT = {
    "mesh": {"file": "slabs.msh", "length_unit": "um"},
    "materials": {"a": "uniform_sei", "b": "sodium"},
    "physics": {"heat": {"blocks": ["a", "b"]}, "thermal_resistance": {"interface": "a | b", "R": "1e-6 K*m^2/W"}},
    "boundaries": {
        "bottom": {"temperature": "25 degC"},
        "top": {"heat_flux": "1e5 W/m^2 * (1 + x / (1 um)) * t / (10 us)"},
    },
    "initial": {"temperature": "25 degC"},
    "time": {"end": "12 us", "step": "1 us"},  # constant, so that the end of the half is a step of the whole
    "checkpoint": {"every_steps": 4},
}
HALF = "time.end=6 us"
_MAIN = "import sys\nfrom trona.cli import main\nsys.exit(main())\n"


@pytest.fixture
def deck(tmp_path: Path) -> Path:
    from mpi4py import MPI

    folder = Path(MPI.COMM_WORLD.bcast(tmp_path))
    if MPI.COMM_WORLD.rank == 0:
        build(folder / "slabs.msh", [Layer("a", 1.0, 3), Layer("b", 1.0, 3)], cells_across=4)
        (folder / "deck.yaml").write_text(yaml.safe_dump(CONTENT))
    MPI.COMM_WORLD.barrier()
    return folder / "deck.yaml"


def on_two(deck: Path, name: str, *overrides: str, restart: str | None = None) -> Any:
    earlier = None if restart is None else deck.parent / restart
    reporter = make_reporter(quiet=True)
    return run(deck, directory=deck.parent / name, overrides=overrides, restart=earlier, reporter=reporter)


def on_one(deck: Path, *words: str) -> None:
    """Run the deck in a process of its own, started by the first rank, for which the other waits."""
    from mpi4py import MPI

    error = ""
    if MPI.COMM_WORLD.rank == 0:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("OMPI_", "PMIX_", "PMI_"))}
        environment["PYTHONPATH"] = os.pathsep.join(str(Path(p).absolute()) for p in sys.path if p)
        command = [sys.executable, "-c", _MAIN, "run", deck.name, "-q", *words]
        done = subprocess.run(command, cwd=deck.parent, env=environment, text=True, capture_output=True)
        error = done.stderr if done.returncode else ""
    parallel_assert(not MPI.COMM_WORLD.bcast(error), error)


def rows(folder: Path) -> Sequence[Sequence[float]]:
    with (folder / "outputs.csv").open(newline="", encoding="utf-8") as file:
        return [[float(text) for text in row] for row in list(csv.reader(file))[1:]]


def judge(one: Path, two: Path) -> None:
    """Compare the tables of two runs, of every step: they have the same steps and, to 1e-8, the same numbers."""
    first, second = rows(one), rows(two)
    assert len(first) == len(second) == 12
    for a, b in zip(first, second, strict=True):
        assert b == pytest.approx(a, rel=1e-8)


@pytest.mark.parallel(2)
def test_another_number_of_ranks_goes_on(deck: Path) -> None:
    from mpi4py import MPI

    folder, first = deck.parent, MPI.COMM_WORLD.rank == 0
    on_one(deck, "-o", "whole")
    on_two(deck, "two", HALF)
    on_one(deck, "--restart", "two", "-o", "two_one")
    on_one(deck, HALF, "-o", "one")
    on_two(deck, "one_two", restart="one")
    on_two(deck, "two_two", restart="two")
    if first:
        for name in ("two_one", "one_two", "two_two"):
            judge(folder / "whole", folder / name)
        # What is continued elsewhere takes all files of the checkpoint with it, and nothing of another stays.
        for name, ranks in (("two_one", 1), ("one_two", 2), ("two_two", 2)):
            found = sorted(p.name for p in (folder / name / "checkpoints").iterdir())
            assert len(found) == 2 * ranks and len({n.split(".")[0] for n in found}) == 2, found


@pytest.mark.parallel(2)
def test_each_rank_keeps_its_own_cells(deck: Path) -> None:
    from mpi4py import MPI

    result = on_two(deck, "run", "time.end=3 us")
    own = sum(mesh.cell_set.size for mesh in {c.mesh for c in result.problem.unknowns.components})
    counts = MPI.COMM_WORLD.gather(own)
    if counts is not None:
        name = max(p.name for p in (deck.parent / "run/checkpoints").iterdir()).removesuffix(".npz")
        trees = [decode((deck.parent / f"run/checkpoints/{name}{rank}.npz").read_bytes()) for rank in ("", ".1")]
        kept = [sum(map(len, tree["cells"].values())) for tree in (trees[0]["piece"], trees[1])]
        assert kept == counts and min(kept) > 0 and sum(kept) == 48
