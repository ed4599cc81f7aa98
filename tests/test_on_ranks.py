"""A test that fails on one rank alone ends the run of all, and says why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TEST = """
import pytest
from mpi4py import MPI

@pytest.mark.parallel(2)
def test_lonely():
    if MPI.COMM_WORLD.rank == RANK:
        raise AssertionError("only here")
    MPI.COMM_WORLD.Dup().Barrier()
"""


@pytest.mark.parametrize("rank", [0, 1])
def test_a_failure_of_one_rank_alone(rank: int, tmp_path: Path) -> None:
    (tmp_path / "test_lonely.py").write_text(TEST.replace("RANK", str(rank)))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "on_ranks", "-p", "no:cacheprovider", str(tmp_path)]
    # What Open MPI has set for this process is not for those of another mpiexec.
    own = ("PYTEST_", "OMPI_MCA_", "OMPI_APP_", "OMPI_COMM_", "ORTE_", "PMIX_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    environment |= {"PYTHONPATH": str(Path(__file__).parent), "TRONA_TEST_PATIENCE": "0.5"}
    mpiexec = ["mpiexec", "--oversubscribe", "-n", "1", *command, ":", "-n", "1", *command, "-qq", "--no-header"]
    done = subprocess.run(mpiexec, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert f"rank {rank} alone failed in test_lonely.py::test_lonely:" in done.stderr
    assert "AssertionError: only here" in done.stderr
