"""`trona doctor` on this installation, and on installations of which one thing after the other is broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trona.cli.doctor import python

CORE = Path(__file__).parents[2] / "core"
NO_MPI = {"mpi4py/__init__.py": "raise ImportError('libmpi.so.40: cannot open shared object file')\n"}
"""Ends the examination of the stack at its first part: for tests of the others."""


def doctor(place: Path, modules: dict[str, str] | None = None, **variables: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code, and what is found by its name, with these modules before those installed."""
    for name, text in (modules or {}).items():
        file = place / "modules" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    ours = ("PYOP2_", "FIREDRAKE_")  # set when trona was imported here
    given = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    given |= {**({"PYTHONPATH": str(place / "modules")} if modules else {}), **variables}
    words = [sys.executable, "-m", "trona.cli", "doctor", "--json"]
    done = subprocess.run(words, env=given, cwd=place, capture_output=True, text=True, check=False)
    assert not done.stderr
    told = json.loads(done.stdout)
    assert told["ok"] is (done.returncode == 0)
    return done.returncode, {each["name"]: each for each in told["checks"]}


def test_this_installation_is_sound(tmp_path: Path) -> None:
    code, found = doctor(tmp_path)
    assert code == 0
    assert [name for name, each in found.items() if each["state"] in ("wrong", "skipped")] == []
    assert {"compiler", "petsc packages", "kernel", "mpiexec"} <= found.keys()
    assert found["trona"]["found"].startswith(str(CORE / "trona"))
    # What is not ok says what to do.
    assert all(each["cure"] for each in found.values() if each["state"] != "ok")


def test_it_prints_a_line_for_each(tmp_path: Path) -> None:
    (tmp_path / "mpi4py.py").write_text("raise ImportError('no MPI')\n", encoding="utf-8")
    words = [sys.executable, "-m", "trona.cli", "doctor"]
    given = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(words, env=given, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    assert done.returncode == 1 and lines[-1] == "something that is needed does not work"
    where = lines.index("wrong    mpi4py          ImportError: no MPI")
    assert lines[where + 1].split(maxsplit=1) == ["try:", lines[where + 1].partition("try: ")[2]]
    assert "skipped  kernel          not tried without mpi4py" in lines


def test_without_any_package(tmp_path: Path) -> None:
    """A bare Python that has only the source of trona reports all the same."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    words = [tmp_path / "bare/bin/python", "-m", "trona.cli", "doctor", "--json"]
    done = subprocess.run(
        words, env={**os.environ, "PYTHONPATH": str(CORE)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    found = {each["name"]: each for each in json.loads(done.stdout)["checks"]}
    assert found["packages"]["found"] == "trona is not installed in this Python"
    assert found["mpi4py"]["found"] == "ModuleNotFoundError: No module named 'mpi4py'"
    assert {found[name]["state"] for name in ("compiler", "petsc4py", "firedrake", "kernel", "mpiexec")} == {"skipped"}


@pytest.mark.parametrize(
    ("version", "state"), [((3, 10, 9), "wrong"), ((3, 11, 0), "ok"), ((3, 13, 5), "ok"), ((3, 14, 0), "wrong")]
)
def test_the_version_of_python(version: tuple[int, ...], state: str) -> None:
    assert python(version).state == state


# ---------------------------------------------------------------- the environment


def test_what_is_set_wrongly(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, found = doctor(
        tmp_path,
        NO_MPI | {"gmsh.py": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"},
        OMP_NUM_THREADS="8",
        XDG_CACHE_HOME=str(tmp_path / "file"),
        TMPDIR=str(tmp_path / "nowhere"),
        PATH="/usr/bin:/bin",
    )
    assert code == 1
    assert (found["threads"]["state"], found["threads"]["found"]) == ("warning", "OMP_NUM_THREADS is '8'")
    assert found["cache"]["state"] == "wrong" and "Not a directory" in found["cache"]["found"]
    assert found["temporary files"]["found"].startswith("TMPDIR cannot be used")
    assert found["environment"]["cure"] == "unset PYTHONPATH"
    assert found["gmsh"]["found"].startswith("ended by SIGKILL")
    assert found["trona"]["state"] == "warning" and "no 'trona' on the path" in found["trona"]["found"]


def test_a_trona_of_another_checkout_on_the_path(tmp_path: Path) -> None:
    other = tmp_path / "trona"
    other.write_text("#!/bin/sh\n", encoding="utf-8")
    other.chmod(0o755)
    _, found = doctor(tmp_path, NO_MPI, PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert found["trona"]["state"] == "warning" and f"another one, {other}" in found["trona"]["found"]


def test_another_petsc(tmp_path: Path) -> None:
    code, found = doctor(tmp_path, PETSC_DIR=str(tmp_path))
    assert (code, found["environment"]["cure"]) == (1, "unset PETSC_DIR PETSC_ARCH")
    assert (found["petsc4py"]["state"], found["kernel"]["state"]) == ("wrong", "skipped")


def test_no_compiler(tmp_path: Path) -> None:
    code, found = doctor(tmp_path, OMPI_CC="no-such-compiler")
    assert code == 1 and found["compiler"]["state"] == "wrong" and "gcc" in found["compiler"]["cure"]
    assert (found["firedrake"]["state"], found["kernel"]["state"]) == ("ok", "wrong")


def test_a_petsc_that_is_gone_and_one_without_its_compiler(tmp_path: Path) -> None:
    config = {"petsc4py/__init__.py": "", "petsc4py/lib/petsc.cfg": f"PETSC_DIR = {tmp_path}/petsc\nPETSC_ARCH = \n"}
    _, found = doctor(tmp_path, NO_MPI | config)
    assert found["compiler"]["found"] == f"petsc4py was built with a PETSc that is gone: {tmp_path}/petsc"
    conf = tmp_path / "petsc/lib/petsc/conf"
    conf.mkdir(parents=True)
    (conf / "petscvariables").write_text("CC = /no/mpicc\n", encoding="utf-8")
    _, found = doctor(tmp_path, NO_MPI | config)
    assert found["compiler"]["found"] == "PETSc was built with '/no/mpicc', which is not there"
    (conf / "petscvariables").write_text("CC = cc\n", encoding="utf-8")
    _, found = doctor(tmp_path, NO_MPI | config)
    assert "petsc.h: No such file or directory" in found["compiler"]["found"]


# ---------------------------------------------------------------- packages


def metadata(name: str, version: str) -> dict[str, str]:
    return {f"{name}-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"}


def test_a_package_that_is_too_old(tmp_path: Path) -> None:
    code, found = doctor(tmp_path, NO_MPI | metadata("firedrake", "2025.4.1"))
    assert code == 1 and found["packages"]["found"] == "firedrake is 2025.4.1, 2026.10 or later is needed"


def test_a_package_that_is_missing(tmp_path: Path) -> None:
    required = "\n".join(
        ["Metadata-Version: 2.1", "Name: trona", "Version: 0.1.0", "Requires-Dist: no-such-package", ""]
    )
    code, found = doctor(tmp_path, NO_MPI | {"trona-0.1.0.dist-info/METADATA": required})
    assert code == 1 and found["packages"]["found"] == "no-such-package is missing"


PETSC = """
import numpy
ScalarType = {scalar}
class Sys:
    getVersion = staticmethod(lambda: {version})
    hasExternalPackage = staticmethod(lambda name: name in {packages})
"""


def pretended(version: tuple[int, ...], packages: str, scalar: str = "numpy.float64") -> dict[str, str]:
    return {
        "petsctools.py": "init = lambda words: None\n",
        "petsc4py/__init__.py": "__version__ = '3.26.0'\n",
        "petsc4py/PETSc.py": PETSC.format(version=version, packages=packages.split(), scalar=scalar),
        "h5py.py": "raise ImportError('enough')\n",
    }


ALL = "hdf5 mumps metis ptscotch scalapack"


@pytest.mark.parametrize(
    ("modules", "name", "state", "text"),
    [
        (pretended((3, 25, 1), ALL), "petsc4py", "wrong", "PETSc 3.25.1, petsc4py 3.26.0: they do not fit each other"),
        (pretended((3, 26, 2), ALL), "petsc4py", "ok", "PETSc 3.26.2, petsc4py 3.26.0"),
        (pretended((3, 26, 0), ALL, "numpy.complex128"), "petsc4py", "wrong", "type complex128"),
        (pretended((3, 26, 0), "hdf5 metis"), "petsc packages", "wrong", "PETSc was built without mumps"),
        (pretended((3, 26, 0), "hdf5 mumps metis"), "petsc packages", "warning", "without ptscotch, scalapack"),
        (pretended((3, 26, 0), ALL), "h5py", "wrong", "ImportError: enough"),
    ],
)
def test_a_petsc_that_does_not_fit(tmp_path: Path, modules: dict[str, str], name: str, state: str, text: str) -> None:
    code, found = doctor(tmp_path, modules)
    assert code == 1 and found[name]["state"] == state and text in found[name]["found"]


def test_an_h5py_without_mpi(tmp_path: Path) -> None:
    h5py = """
from types import SimpleNamespace as Space
__version__, version, get_config = "3.16.0", Space(hdf5_version="1.10.8"), lambda: Space(mpi=False)
"""
    firedrake = {"firedrake/__init__.py": "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n"}
    code, found = doctor(tmp_path, {"h5py.py": h5py} | firedrake)
    assert (code, found["h5py"]["found"]) == (1, "3.16.0, HDF5 1.10.8 was built without MPI")
    # And what crashes is told as well.
    assert (found["firedrake"]["state"], found["kernel"]["state"]) == ("wrong", "skipped")
    assert "Caught signal number 11" in found["firedrake"]["found"]


# ---------------------------------------------------------------- mpiexec and what is optional


@pytest.mark.parametrize(
    ("script", "state", "text"),
    [
        ("echo ' 1 '; echo ' 1 '", "wrong", "of another MPI"),
        ("echo 'mpirun has detected ... OMPI_ALLOW_RUN_AS_ROOT' >&2; exit 1", "warning", "refuses to run as root"),
        ("echo 'There are not enough slots available' >&2; exit 1", "warning", "on this one core"),
        ("echo '-----' >&2; echo 'no daemon' >&2; echo '-----' >&2; exit 1", "wrong", "failed: no daemon"),
    ],
)
def test_an_mpiexec_that_does_not_work(tmp_path: Path, script: str, state: str, text: str) -> None:
    exe = tmp_path / "bin/mpiexec"
    exe.parent.mkdir()
    exe.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    exe.chmod(0o755)
    no_petsc = {"petsctools.py": "raise ImportError('enough')\n", "gmsh.py": "raise OSError('libGLU.so.1')\n"}
    _, found = doctor(tmp_path, no_petsc, PATH=f"{exe.parent}:{os.environ['PATH']}")
    assert found["mpiexec"]["state"] == state and text in found["mpiexec"]["found"] and found["mpiexec"]["cure"]
    assert (found["gmsh"]["state"], found["gmsh"]["found"]) == ("absent", "OSError: libGLU.so.1")


def test_under_mpiexec_one_process_tells(tmp_path: Path) -> None:
    (tmp_path / "petsctools.py").write_text("raise ImportError('enough')\n", encoding="utf-8")
    words = ["mpiexec", "-n", "2", sys.executable, "-m", "trona.cli", "doctor", "--json"]
    # An MPI that this process has started must not be taken for that of the processes below.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("OMPI_", "PMIX_", "PMI_"))}
    environment |= {"PYTHONPATH": str(tmp_path), "OMPI_MCA_rmaps_base_oversubscribe": "1"}
    environment |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    assert done.stdout, done.stderr
    found = {each["name"]: each for each in json.loads(done.stdout)["checks"]}
    assert done.returncode == 1
    assert (found["mpiexec"]["state"], found["petsc4py"]["state"]) == ("ok", "wrong")
