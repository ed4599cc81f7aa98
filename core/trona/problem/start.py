"""Importing Firedrake as a run needs it."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def prepare_environment() -> None:
    """Set what must be set before Firedrake is imported, where the user has not.

    One thread per process, since MPI processes share the cores; no -ffast-math, which costs digits of charge
    balance and hides NaN; compiled kernels in one cache for all checkouts.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("PYOP2_CFLAGS", "-fno-fast-math")
    os.environ.setdefault("LOOPY_NO_CACHE", "1")  # PyOP2 keeps what loopy generates; to keep the parts too costs time
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trona"
    os.environ.setdefault("PYOP2_CACHE_DIR", str(cache / "pyop2"))
    os.environ.setdefault("FIREDRAKE_TSFC_KERNEL_CACHE_DIR", str(cache / "tsfc"))


_OF_A_JOB = ("OMPI_COMM", "OMPI_UNIVERSE", "OMPI_MCA_ess", "OMPI_MCA_orte", "PMIX_", "PRTE_", "PMI_", "HYDI_")


def unranked() -> dict[str, str]:
    """Return the environment for mpiexec, without what a loaded MPI has put there: it describes a job of one rank."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OF_A_JOB)}


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the collector of cycles: for what makes many objects, nearly all of which stay."""
    active = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if active:
            gc.enable()


@contextmanager
def no_collection() -> Iterator[None]:
    """While Firedrake is imported, and for ever after, let the collector of cycles leave alone what modules hold.

    It would look through a million objects again and again, of which none is ever freed.
    """
    with uncollected():
        try:
            yield
        finally:
            gc.freeze()


@contextmanager
def no_arguments() -> Iterator[None]:
    """While Firedrake is imported, let PETSc read neither the program's arguments nor a file `.petscrc`.

    It would take both for options of its own: those of a script that runs decks, and those of a folder that holds one.
    """
    words = sys.argv
    sys.argv = [*(words[:1] or [""]), "-skip_petscrc"]
    try:
        yield
    finally:
        sys.argv = words


@contextmanager
def no_plotting() -> Iterator[None]:
    """While Firedrake is imported, hide its plotting from it, which imports pyplot: a third of all that it imports.

    It takes it for not installed. `import firedrake.pyplot` works afterwards.
    """
    name = "firedrake.pyplot"
    sys.modules[name] = None  # type: ignore[assignment]  # so the language says that there is no such module
    try:
        yield
    finally:
        del sys.modules[name]


def start_firedrake() -> None:
    """Import Firedrake, if nobody has, as a run needs it."""
    if "firedrake" not in sys.modules:
        prepare_environment()
        with no_arguments(), no_plotting(), no_collection():
            import firedrake  # noqa: F401

        from trona.problem.compiler import prepare_compiler
        from trona.problem.splitting import prepare_splitting

        prepare_compiler()
        prepare_splitting()
