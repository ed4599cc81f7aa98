"""What `trona doctor` tries in processes of their own, so that it tells also of what crashes or hangs there."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from typing import NamedTuple

from trona.problem.start import unranked

_PATIENCE = 300.0  # s, for an import from a slow disk
_BEGIN = "trona-doctor "
NEEDED = ("hdf5", "mumps")
USEFUL = ("metis", "ptscotch", "scalapack")
"""What PETSc was to be built with."""

MPI = "from mpi4py import MPI; import sys; sys.stdout.write(f' {MPI.COMM_WORLD.size} \\n')"
"""Prints how many processes there are."""

_TELL = """
import json
def begin(name):
    print("trona-doctor", json.dumps([name, None]), flush=True)
def tell(name, **found):
    print("trona-doctor", json.dumps([name, {key: str(value) for key, value in found.items()}]), flush=True)
"""

STACK = f"""{_TELL}
import os, tempfile
begin("mpi4py")
import mpi4py
from mpi4py import MPI
tell("mpi4py", text=f"{{mpi4py.__version__}}, {{MPI.Get_library_version().splitlines()[0].split(',')[0].strip()}}")
begin("petsc4py")
import petsctools, petsc4py
petsctools.init(["trona", "-skip_petscrc"])
from petsc4py import PETSc
names = {(*NEEDED, *USEFUL)}
tell("petsc4py", library=".".join(map(str, PETSc.Sys.getVersion())), binding=petsc4py.__version__,
     scalar=PETSc.ScalarType.__name__, packages=" ".join(n for n in names if PETSc.Sys.hasExternalPackage(n)))
begin("h5py")
import h5py
tell("h5py", text=f"{{h5py.__version__}}, HDF5 {{h5py.version.hdf5_version}}", mpi=h5py.get_config().mpi)
begin("firedrake")
with tempfile.TemporaryDirectory() as folder:
    os.environ["PYOP2_CACHE_DIR"] = os.environ["FIREDRAKE_TSFC_KERNEL_CACHE_DIR"] = folder
    from trona.problem.start import start_firedrake
    start_firedrake()
    import firedrake
    from importlib.metadata import version
    tell("firedrake", text=version("firedrake"))
    begin("kernel")
    mesh = firedrake.UnitIntervalMesh(3)
    x, = firedrake.SpatialCoordinate(mesh)
    area = firedrake.assemble(2 * x * firedrake.dx)
    if abs(area - 1) > 1e-12:
        raise ArithmeticError(f"the integral of 2 x over (0, 1) comes out as {{area}}")
    tell("kernel", text="compiled, loaded, and its integral is right")
"""
"""Imports what a run needs, from the bottom up, and integrates with a kernel that no cache holds."""

OPTIONAL = f"""{_TELL}
begin("gmsh")
import gmsh
tell("gmsh", text=gmsh.__version__)
"""


class Ended(NamedTuple):
    """How a process ended."""

    code: int
    out: str
    err: str


@dataclass
class Probe:
    """What a script told of each of its parts, and the part in which it failed, with the reason."""

    told: dict[str, dict[str, str]] = field(default_factory=dict)
    failed: str = ""
    why: str = ""


def probe(script: str) -> Probe:
    """Run one of the scripts above. Nothing beside the working folder is imported."""
    done = call([sys.executable, "-P", "-c", script])
    found = Probe()
    for line in done.out.splitlines():
        if line.startswith(_BEGIN):
            name, told = json.loads(line.removeprefix(_BEGIN))
            found.failed = name if told is None else ""
            if told is not None:
                found.told[name] = told
    if found.failed:
        crash = f"ended by {signal.Signals(-done.code).name}" if done.code < 0 else ""
        found.why = ": ".join(filter(None, (crash, last_line(done.err))))
    return found


def call(words: list[str]) -> Ended:
    """Run a program without the variables that would make it a process of a parallel run of ours."""
    try:
        done = subprocess.run(
            words, env=unranked(), capture_output=True, text=True, errors="replace", timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return Ended(1, "", f"no answer within {_PATIENCE:.0f} s")
    except OSError as error:
        return Ended(1, "", error.strerror or str(error))
    return Ended(done.returncode, done.stdout, done.stderr)


def last_line(text: str) -> str:
    """Return the line that says most: a signal that PETSc caught, else the last that is no rule of a frame."""
    lines = [line.strip() for line in text.splitlines() if line.strip().strip("-=*")]
    caught = next((line for line in lines if "Caught signal" in line), "")
    return caught or (lines[-1] if lines else "no message")
