"""`trona doctor`: what is wrong with an installation, and what to do. It needs the standard library only."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from trona.cli.probes import MPI, NEEDED, OPTIONAL, STACK, USEFUL, Probe, call, last_line, probe
from trona.cli.ranks import Ranks
from trona.problem.start import prepare_environment

_ROOM = 500e6  # bytes; the kernels of a few decks
_MPI = "install the system's MPI (on Debian libopenmpi-dev and openmpi-bin)"
_ELSEWHERE = "set XDG_CACHE_HOME (PYOP2_CACHE_DIR, if you have set that) to a folder of yours with room"
_PARALLEL = "no parallel runs"


@dataclass(frozen=True)
class Finding:
    """`state` is ok, warning (it works, but), wrong (what is needed does not work), absent (what only
    some need is not there) or skipped."""

    name: str
    state: str
    found: str
    cure: str = ""


def doctor(arguments: argparse.Namespace, ranks: Ranks) -> int:
    """Check the installation; 1 if something that is needed does not work."""
    if not ranks.first:
        return 0
    wrong = False
    told = []
    for finding in examine(ranks.size):
        wrong = wrong or finding.state == "wrong"
        told.append(asdict(finding))
        if not arguments.json:
            _print(f"{finding.state:<8} {finding.name:<15} {finding.found}")
            if finding.cure:
                _print(f"{'':<24} try: {finding.cure}")
    if arguments.json:
        print(json.dumps({"ok": not wrong, "checks": told}, indent=2))
    else:
        _print("something that is needed does not work" if wrong else "ok")
    return int(wrong)


def examine(size: int) -> Iterator[Finding]:
    """Return what is found, one after the other. What may crash runs in a process of its own."""
    prepare_environment()
    yield python(sys.version_info[:3])
    yield checkout()
    yield from strays()
    yield packages()
    yield threads()
    yield cache("cache", Path(os.environ["PYOP2_CACHE_DIR"]), _ELSEWHERE)
    yield scratch()
    yield compiler()
    yield from stack(found := probe(STACK))
    if size > 1:  # launchers cannot be called from what they have started
        yield Finding("mpiexec", "ok", f"has started {size} processes, of which this is the first")
    elif "mpi4py" in found.told:
        yield processes()
    else:
        yield Finding("mpiexec", "skipped", "not tried without mpi4py")
    yield from optional(probe(OPTIONAL))


def python(running: tuple[int, ...]) -> Finding:
    """Judge the version of Python, as the set-up does."""
    text = f"{'.'.join(map(str, running))} in {sys.prefix}"
    if (3, 11) <= running < (3, 14):
        return Finding("python", "ok", text)
    return Finding("python", "wrong", text, "set TRONA_PYTHON to a Python 3.11, 3.12 or 3.13 and run 'bash setup.sh'")


def checkout() -> Finding:
    """Say which trona this is, and whether the `trona` on the path is another one."""
    import trona

    here = Path(trona.__file__).resolve().parent
    called = shutil.which("trona")
    own = Path(sys.prefix, "bin", "trona")
    if not own.exists():  # 'packages' says so
        return Finding("trona", "ok", str(here))
    if called is None:
        return Finding(
            "trona", "warning", f"{here}; no 'trona' on the path", f"call {own}, or add ~/.local/bin to PATH"
        )
    if Path(called).resolve() != own.resolve():
        other = Path(called).resolve()
        return Finding("trona", "warning", f"{here}; 'trona' on the path is another one, {other}", f"call {own}")
    return Finding("trona", "ok", str(here))


def strays() -> Iterator[Finding]:
    """Name what is set and changes which modules are found."""
    if os.environ.get("PYTHONPATH"):
        text = f"PYTHONPATH is {os.environ['PYTHONPATH']}: what is there goes before what the set-up installed"
        yield Finding("environment", "warning", text, "unset PYTHONPATH")
    if os.environ.get("PETSC_DIR") and not any(Path(os.environ["PETSC_DIR"]) == folder for folder in _petsc()[:1]):
        text = f"PETSC_DIR is {os.environ['PETSC_DIR']}, which is not the PETSc of this petsc4py"
        yield Finding("environment", "wrong", text, "unset PETSC_DIR PETSC_ARCH")


def packages() -> Finding:
    """Compare the packages that trona requires with those installed; what else they require is pip's to say."""
    wrong = []
    try:
        wanted = [each for each in requires("trona") or [] if "extra ==" not in each]
    except PackageNotFoundError:
        return Finding("packages", "wrong", "trona is not installed in this Python", _anew("checkout"))
    for requirement in wanted:
        name, _, least = requirement.partition(">=")
        try:
            have = version(name)
        except PackageNotFoundError:
            wrong.append(f"{name} is missing")
            continue
        if least and _numbers(have) < _numbers(least):
            wrong.append(f"{name} is {have}, {least} or later is needed")
    if wrong:
        return Finding("packages", "wrong", "; ".join(wrong), _anew("python"))
    return Finding("packages", "ok", f"the {len(wanted)} that trona requires")


def threads() -> Finding:
    """Look at OMP_NUM_THREADS, which is 1 unless the user has set it."""
    number = os.environ["OMP_NUM_THREADS"]
    if number == "1":
        return Finding("threads", "ok", "OMP_NUM_THREADS is 1")
    return Finding("threads", "warning", f"OMP_NUM_THREADS is '{number}'", "export OMP_NUM_THREADS=1: more is slower")


def cache(name: str, folder: Path, cure: str) -> Finding:
    """Look whether compiled kernels can be kept."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"trona")
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding(name, "wrong", f"cannot write to {folder}: {error.strerror or error}", cure)
    text = f"{folder}, {free / 1e9:.1f} GB free"
    return Finding(name, "ok", text) if free > _ROOM else Finding(name, "warning", text, cure)


def scratch() -> Finding:
    """Look whether there is a folder for temporary files."""
    cure = "set TMPDIR to a folder of yours with room"
    try:
        folder = tempfile.gettempdir()
    except OSError as error:
        return Finding("temporary files", "wrong", error.strerror or str(error), cure)
    if os.environ.get("TMPDIR") and Path(os.environ["TMPDIR"]).resolve() != Path(folder).resolve():
        return Finding("temporary files", "warning", f"TMPDIR cannot be used; {folder} is taken instead", cure)
    return cache("temporary files", Path(folder), cure)


def compiler() -> Finding:
    """Compile a file with PETSc's header by PETSc's compiler, without any package, and load it."""
    from ctypes import CDLL

    cure = "install gcc and the system's MPI (on Debian gcc, libc6-dev, libopenmpi-dev)"
    folders = _petsc()
    if not folders:
        return Finding("compiler", "skipped", "no PETSc is installed that would name one")
    variables = next((f for f in (p / "lib/petsc/conf/petscvariables" for p in folders) if f.is_file()), None)
    if variables is None:
        return Finding(
            "compiler", "wrong", f"petsc4py was built with a PETSc that is gone: {folders[0]}", _anew("native")
        )
    rows = (row.partition(" = ") for row in variables.read_text(encoding="utf-8", errors="replace").splitlines())
    exe = next((value.strip() for key, _, value in rows if key == "CC"), "")
    if shutil.which(exe) is None:
        return Finding("compiler", "wrong", f"PETSc was built with '{exe}', which is not there", cure)
    headers = [f"-I{folder / 'include'}" for folder in folders]
    try:
        with tempfile.TemporaryDirectory() as folder:
            source, library = Path(folder, "a.c"), Path(folder, "a.so")
            source.write_text("#include <petsc.h>\nint trona_doctor(void) { return 42; }\n", encoding="utf-8")
            done = call([exe, "-shared", "-fPIC", *headers, "-o", str(library), str(source)])
            if done.code != 0:
                first = next(
                    (line for line in done.err.splitlines() if "error" in line),
                    " ".join(word for word in done.err.split() if word.strip("-"))[:200],
                )
                return Finding("compiler", "wrong", f"'{exe}' does not compile PETSc's header: {first.strip()}", cure)
            loaded = CDLL(str(library)).trona_doctor() == 42
    except OSError as error:
        return Finding(
            "compiler",
            "wrong",
            f"what '{exe}' compiles cannot be loaded: {error}",
            "set TMPDIR to a folder that is not mounted noexec",
        )
    return Finding("compiler", "ok", exe) if loaded else Finding("compiler", "wrong", f"'{exe}' miscompiles", cure)


def stack(found: Probe) -> Iterator[Finding]:
    """Judge MPI, PETSc, HDF5 and Firedrake, each imported after the one before, and a first kernel."""
    told = found.told
    last = f"if 'compiler' above is ok, {_anew('native')}"
    for name in ("mpi4py", "petsc4py", "h5py", "firedrake", "kernel"):
        if name in told:
            yield from _PARTS[name](told[name]) if name in _PARTS else [Finding(name, "ok", told[name]["text"])]
        elif name == found.failed:
            there = "No module named" not in found.why
            cures = {"mpi4py": _MPI if there else "", "kernel": last}
            yield Finding(name, "wrong", found.why, cures.get(name) or _anew("native"))
        else:
            yield Finding(name, "skipped", f"not tried without {found.failed}")


def petsc(told: dict[str, str]) -> Iterator[Finding]:
    """Judge whether PETSc and petsc4py fit each other, and what PETSc was built with."""
    library, binding = told["library"], told["binding"]
    text = f"PETSc {library}, petsc4py {binding}"
    if library.split(".")[:2] != binding.split(".")[:2]:
        yield Finding("petsc4py", "wrong", f"{text}: they do not fit each other", _anew("native"))
    elif told["scalar"] != "float64":
        yield Finding("petsc4py", "wrong", f"{text} with numbers of the type {told['scalar']}", _anew("native"))
    else:
        yield Finding("petsc4py", "ok", text)
    have = told["packages"].split()
    lack = [name for name in NEEDED if name not in have]
    less = [name for name in USEFUL if name not in have]
    if lack:
        yield Finding("petsc packages", "wrong", f"PETSc was built without {', '.join(lack)}", _anew("native"))
    elif less:
        yield Finding(
            "petsc packages", "warning", f"PETSc was built without {', '.join(less)}", f"for speed, {_anew('native')}"
        )
    else:
        yield Finding("petsc packages", "ok", ", ".join((*NEEDED, *USEFUL)))


def hdf5(told: dict[str, str]) -> Iterator[Finding]:
    """Firedrake needs an h5py that was built with MPI."""
    if told["mpi"] == "True":
        yield Finding("h5py", "ok", told["text"])
    else:
        yield Finding("h5py", "wrong", f"{told['text']} was built without MPI", _anew("native"))


_PARTS = {"petsc4py": petsc, "h5py": hdf5}


def processes() -> Finding:
    """Start two processes that find each other."""
    exe = shutil.which("mpiexec")
    if exe is None:
        return Finding("mpiexec", "warning", f"not on the path: {_PARALLEL}", "install it (on Debian openmpi-bin)")
    done = call([exe, "-n", "2", sys.executable, "-P", "-c", MPI])
    sizes = [word for word in done.out.split() if word.isdigit()]
    if done.code == 0 and sizes == ["2"] * 2:
        return Finding("mpiexec", "ok", f"two processes by {exe}")
    if done.code == 0 and sizes == ["1"] * 2:
        text = f"{exe} is of another MPI than mpi4py: it starts processes that do not find each other"
        return Finding("mpiexec", "wrong", text, "put the mpiexec of the system's MPI first on the path")
    if "OMPI_ALLOW_RUN_AS_ROOT" in done.err:
        cure = "export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"
        return Finding("mpiexec", "warning", f"{exe} refuses to run as root: {_PARALLEL}", cure)
    if "slots" in done.err:
        cure = "export OMPI_MCA_rmaps_base_oversubscribe=1; one process per core is fastest"
        return Finding("mpiexec", "warning", f"{exe} starts no two processes on this one core", cure)
    return Finding("mpiexec", "wrong", f"'{exe} -n 2' failed: {last_line(done.err or done.out)}", _MPI)


def optional(found: Probe) -> Iterator[Finding]:
    """Look for what only some runs need."""
    if "gmsh" in found.told:
        yield Finding("gmsh", "ok", found.told["gmsh"]["text"])
    else:
        system = "on Debian libglu1-mesa, libxcursor1, libxft2, libxinerama1 and libgl1"
        cure = f"it is for remeshing, and needs {system}; else {_anew('python')}"
        yield Finding("gmsh", "absent", found.why, cure)
    exe = shutil.which("ffmpeg")
    if exe:
        yield Finding("ffmpeg", "ok", exe)
    else:
        yield Finding("ffmpeg", "absent", "not on the path", "install it if films are to be made of pictures")


def _petsc() -> list[Path]:
    """Return the folders of the PETSc that petsc4py was built with, without importing it."""
    from importlib.util import find_spec

    spec = find_spec("petsc4py")
    for place in (spec and spec.submodule_search_locations) or []:
        try:
            rows = Path(place, "lib/petsc.cfg").read_text(encoding="utf-8").splitlines()
        except OSError:
            continue
        said = {key.strip(): value.strip() for key, _, value in (row.partition("=") for row in rows)}
        folder = Path(said.get("PETSC_DIR", ""))
        return [folder, folder / said["PETSC_ARCH"]] if said.get("PETSC_ARCH") else [folder]
    return []


def _anew(layer: str) -> str:
    """Return how one of the environments of the set-up is made again: what is stamped as done is not looked at."""
    places = (folder for place in sys.path for folder in Path(place).parents)
    mine = (each for each in places if each.name.startswith(f"{layer}-") and (each / "stamps").is_dir())
    folder = next(mine, None)
    time = " (about 15 minutes)" if layer == "native" else ""
    return f"{f'rm -r {folder}; ' if folder else ''}bash setup.sh, in the checkout{time}"


def _numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(".") if word.isdigit()]


def _print(text: str) -> None:
    """Print one line; a terminal without some sign shows its code."""
    line = "".join(c if c.isprintable() else " " for c in text)
    print(
        line.encode(sys.stdout.encoding or "ascii", "backslashreplace").decode(sys.stdout.encoding or "ascii"),
        flush=True,
    )
