"""The C compiler of kernels: asked once what it is, and spared reading PETSc's header anew for every kernel."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

import petsctools
from mpi4py import MPI
from packaging.version import Version
from petsctools import config
from pyop2 import compilation
from pyop2.configuration import configuration

_INCLUDE = "#include <petsc.h>"
"""The line of a kernel for which a precompiled header may stand."""
_CHOOSES = ("OMPI_CC", "MPICH_CC", "I_MPI_CC")
"""What makes the compiler of MPI another one."""
_get_config = config.get_config


def prepare_compiler() -> None:
    """Let PyOP2 know its compiler, and compile with a precompiled header. To call it again changes nothing.

    PyOP2 itself asks the compiler for its name and version, and reads where PETSc is, at every kernel, cached ones too.
    """
    if config.get_config is _get_config:
        config.get_config = cache(_get_config)
    if compilation._compiler is None:
        compilation._compiler = _known_compiler()
    if compilation._run is _pyop2_run:
        compilation._run = _run


def precompile() -> None:
    """Begin to precompile the header in the background: kernels that come before it is there do without."""
    compiler = compilation._compiler(_cppargs()) if compilation._compiler is not None else None
    if isinstance(compiler, compilation.LinuxGnuCompiler):
        _header(compiler.cc, compiler.cflags)


def make_library(code: str, language: str, cppargs: tuple[str, ...], ldargs: tuple[str, ...]) -> None:
    """Compile the code of a kernel, 'c' or 'cpp', into PyOP2's cache. Raises CalledProcessError.

    As PyOP2 does it, but without MPI, which has no place in a forked process.
    """
    own = compilation._compiler(cppargs, ldargs, debug=configuration["debug"])
    key = compilation._make_so_hashkey(own, code, language, None)
    libraries = compilation.CompilerDiskAccess(configuration["cache_dir"], extension=".so")
    if own.ld or key in libraries:  # with a linker of its own PyOP2 compiles in two steps: rare, and left to it
        return
    exe, flags = (own.cxx, own.cxxflags) if language == "cpp" else (own.cc, own.cflags)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, library = folder / f"kernel.{language}", folder / "kernel.so"
        source.write_text(code, encoding="utf-8")
        command = (exe, *flags, "-o", str(library), str(source), *own.ldflags)
        compilation._run(command, folder / "log", folder / "errors")
        libraries[key] = library


# ---------------------------------------------------------------- the name and version of the compiler


def _known_compiler() -> Any:
    """Return the class of the compiler with its version, as PyOP2 finds them; from the disk if it is the same file."""
    exe = petsctools.get_petscvariables()["CC"]
    place, key = _folder() / "compilers.json", _identity(exe)
    known = _read(place)
    name, version = known.get(key, ("", ""))
    if not hasattr(compilation, name):
        found = compilation.sniff_compiler(exe, MPI.COMM_SELF)
        name, version = found.func.__name__, str(found.keywords["version"] or "")
        _write(place, json.dumps(known | {key: (name, version)}))
    return partial(getattr(compilation, name), version=Version(version) if version else None)


@cache
def _identity(exe: str) -> str:
    """Return what tells one compiler from another: path, size and time of the wrapper and of what it may call."""
    names = [exe, "cc", "gcc", "clang", *filter(None, map(os.environ.get, _CHOOSES))]
    paths = dict.fromkeys(Path(found).resolve() for found in map(shutil.which, names) if found)
    files = [(str(path), s.st_size, s.st_mtime_ns) for path, s in ((p, p.stat()) for p in paths)]
    return hashlib.sha256(repr((files, [os.environ.get(name) for name in _CHOOSES])).encode()).hexdigest()


def _folder() -> Path:
    return Path(configuration["cache_dir"])


def _read(place: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        found = json.loads(place.read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    return {}


def _write(place: Path, text: str) -> None:
    """Write a file at once, so that nobody reads half of it; a cache that cannot be written is none."""
    with suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=place.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).rename(place)


# ---------------------------------------------------------------- the precompiled header

_pyop2_run = compilation._run


def _run(command: tuple[str, ...], *arguments: Any, **options: Any) -> None:
    """Run a command of PyOP2, which compiles or links, with the precompiled header where it serves."""
    header = _header_for(command)
    if header is not None:
        with suppress(subprocess.CalledProcessError):  # without it, the message is the one that PyOP2 gives
            _pyop2_run((command[0], "-include", str(header), *command[1:]), *arguments, **options)
            return
    _pyop2_run(command, *arguments, **options)


def _header_for(command: tuple[str, ...]) -> Path | None:
    source = next((Path(word) for word in command if word.endswith(".c")), None)
    if source is None or "-o" not in command or _compiler_class() is not compilation.LinuxGnuCompiler:
        return None
    with suppress(OSError):
        if _INCLUDE in source.read_text(encoding="utf-8").splitlines():
            header = _header(command[0], tuple(f for f in command[1 : command.index("-o")] if f != "-c"))
            return header if header.with_suffix(".h.gch").exists() else None
    return None


def _compiler_class() -> Any:
    return getattr(compilation._compiler, "func", None)


def _cppargs() -> tuple[str, ...]:
    """Return the arguments with which PyOP2 compiles kernels that call nothing else than PETSc."""
    own = Path(compilation.__file__).parent
    return (*petsctools.get_petsc_dirs(prefix="-I", subdir="include"), f"-I{own}")


@cache
def _header(exe: str, flags: tuple[str, ...]) -> Path:
    """Return the header that includes PETSc's, for these flags; begin to precompile it if nobody has."""
    includes = [Path(flag[2:]) for flag in flags if flag.startswith("-I")]
    configured = [p.stat().st_mtime_ns for d in includes for p in sorted(d.glob("petscconf.h"))]
    key = hashlib.sha256(repr((_identity(exe), exe, flags, configured)).encode()).hexdigest()[:16]
    header = _folder() / "headers" / f"{key}.h"
    ready = header.with_suffix(".h.gch")
    if not ready.exists():
        _write(header, f"{_INCLUDE}\n")
        with suppress(OSError):
            handle, made = tempfile.mkstemp(dir=header.parent)
            os.close(handle)
            script = 'out=$1; ready=$2; shift 2; if "$@" -o "$out"; then mv "$out" "$ready"; else rm -f "$out"; fi'
            words = ["sh", "-c", script, "sh", made, str(ready), exe, *flags, "-x", "c-header", "-c", str(header)]
            _in_background(words)
    return header


def _in_background(words: list[str]) -> None:
    silent = subprocess.DEVNULL
    subprocess.Popen(words, stdin=silent, stdout=silent, stderr=silent, start_new_session=True)
