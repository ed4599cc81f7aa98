"""How the processes that solve a case together are started: by mpiexec here, by srun or flux on the nodes of a job."""

from __future__ import annotations

import os
import shutil

from trona.errors import UserError
from trona.problem.start import unranked

TOKEN = "TRONA_SWEEP_TOKEN"
"""The variable with the word by which the sweep knows a process that calls back over the network."""
BLAME = "srun: error: "
"""How a line begins in which srun says what has ended a process."""
_ROOM = "SLURM_NTASKS"
"""Where Slurm says how many processes a job has."""
_PATIENCE = 60
"""Time in s that srun waits for free cores."""
_SHARING = {
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    "OMPI_MCA_mpi_yield_when_idle": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    "PRTE_MCA_hwloc_default_binding_policy": "none",
}
"""Settings of Open MPI 4 and 5 for several groups on one machine: each would bind its processes to the same cores, and
those that wait would keep the cores from those that work, which made cases on a busy machine five times as slow.
"""
_PROGRAMS = {"local": "mpiexec", "slurm": "srun", "flux": "flux"}


def check_engine(engine: str) -> None:
    """Raise UserError if the program of an engine is not here."""
    program = _PROGRAMS[engine]
    if shutil.which(program) is None:
        raise UserError(f"engine {engine} needs the program '{program}', which is not here")


def slots(engine: str, ranks: int) -> int:
    """Return how many cases a job has room for. Raises UserError if it does not say."""
    tasks = os.environ.get(_ROOM, "") if engine == "slurm" else ""
    if not tasks.isdigit():
        raise UserError(f"engine {engine} does not say how many processes it has; give 'processes', cases at a time")
    return max(int(tasks) // ranks, 1)


def launcher(engine: str, ranks: int) -> list[str]:
    """Return the words that start a command on `ranks` processes. Raises UserError if the program is not here."""
    if engine == "slurm":
        # Only its own cores, so that groups run side by side; memory is that of the job, which limits them together.
        # One process that dies ends the group. Groups that the job has no room for must not wait for the others' end.
        apart = ["--cpus-per-task=1", "--exact", "--mem=0", "--export=ALL"]
        return ["srun", f"--ntasks={ranks}", *apart, "--kill-on-bad-exit=1", f"--immediate={_PATIENCE}"]
    if engine == "flux":
        return ["flux", "run", f"--ntasks={ranks}"]
    mpiexec = shutil.which("mpiexec")
    if mpiexec is None:
        raise UserError(f"{ranks} processes for a case need mpiexec, which is not installed")
    return [mpiexec, "-n", str(ranks)]


def environment(engine: str, token: str) -> dict[str, str]:
    """Return the environment of a launcher."""
    return {**unranked(), **(_SHARING if engine == "local" else {}), TOKEN: token}
