"""The compiler is asked once what it is, and a kernel is the same with the precompiled header and without."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

SOURCE = """\
#include <math.h>
#include <petsc.h>

int twice(double *x) { *x = 2 * *x; return 0; }
"""


@pytest.fixture
def compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module, with a cache of its own that is empty."""
    from trona.problem.start import start_firedrake

    start_firedrake()
    from trona.problem import compiler as module

    monkeypatch.setattr(module, "_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(module.compilation, "_compiler", None)
    for each in (module._identity, module._header):
        each.cache_clear()
    yield module
    for each in (module._identity, module._header):
        each.cache_clear()


@pytest.fixture
def asked(compiler: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What a compiler of our own is asked."""
    exe = tmp_path / "bin" / "mpicc"
    exe.parent.mkdir()
    exe.write_text(f'#!/bin/sh\nexec {shutil.which("gcc")} "$@"\n')
    exe.chmod(0o755)
    run, found = subprocess.run, []

    def watched(words: list[str], **how: Any) -> Any:
        found.append(words)
        return run(words, **how)

    monkeypatch.setattr(compiler.petsctools, "get_petscvariables", lambda: {"CC": str(exe), "CXX": str(exe)})
    monkeypatch.setattr(compiler.compilation.subprocess, "run", watched)
    return found


def test_a_compiler_is_asked_once(compiler: Any, asked: list[list[str]]) -> None:
    first = compiler._known_compiler()
    assert len(asked) == 2  # its name and its version
    compiler._identity.cache_clear()
    second = compiler._known_compiler()
    assert len(asked) == 2
    assert (first.func, first.keywords) == (second.func, second.keywords)
    assert first() == compiler.compilation.sniff_compiler(asked[0][0])()


def test_petsc_is_looked_up_once(compiler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import petsc4py

    read = petsc4py.get_config()
    calls: list[None] = []
    monkeypatch.setattr(petsc4py, "get_config", lambda: (calls.append(None), read)[1])
    monkeypatch.setattr(compiler.config, "get_config", compiler._get_config)
    compiler.prepare_compiler()
    assert [compiler.petsctools.get_petsc_dirs(prefix="-L") for _ in range(3)][2][0] == f"-L{read['PETSC_DIR']}"
    assert len(calls) == 1


def test_another_compiler_is_asked_again(compiler: Any, asked: list[list[str]], tmp_path: Path) -> None:
    compiler._known_compiler()
    exe = tmp_path / "bin" / "mpicc"
    os.utime(exe, (1.0, 1.0))
    compiler._identity.cache_clear()
    compiler._known_compiler()
    assert len(asked) == 4


@pytest.mark.parametrize("content", ["", "{", "[]", '{"of": "another version"}'])
def test_a_damaged_note_is_no_note(compiler: Any, asked: list[list[str]], tmp_path: Path, content: str) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "compilers.json").write_text(content)
    assert compiler._known_compiler().keywords["version"] is not None
    assert len(asked) == 2


def test_a_cache_that_cannot_be_written_is_none(compiler: Any, asked: list[list[str]], tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    assert compiler._known_compiler().keywords["version"] is not None


def compiled(compiler: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Compile and call a kernel as PyOP2 does, and return the commands."""
    commands, run = [], compiler._pyop2_run

    def watched(command: tuple[str, ...], *rest: Any, **how: Any) -> None:
        commands.append(command)
        run(command, *rest, **how)

    monkeypatch.setattr(compiler, "_pyop2_run", watched)
    compiler.prepare_compiler()
    own = compiler.compilation._compiler(compiler._cppargs())
    source, library = folder / "kernel.c", folder / f"kernel{len(list(folder.iterdir()))}.so"
    source.write_text(SOURCE)
    command = (own.cc, *own.cflags, "-o", str(library), str(source), *own.ldflags)
    compiler.compilation._run(command, folder / "log", folder / "errors")
    value = ctypes.c_double(21.0)
    assert ctypes.CDLL(str(library)).twice(ctypes.byref(value)) == 0
    assert value.value == 42.0
    monkeypatch.undo()
    return commands


def precompiled(compiler: Any, folder: Path) -> Path:
    """Wait for the precompiled header."""
    compiler.prepare_compiler()
    compiler.precompile()
    end = time.monotonic() + 120
    while not (found := list((folder / "cache" / "headers").glob("*.gch"))):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found[0]


def test_a_kernel_takes_the_precompiled_header(compiler: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header = precompiled(compiler, tmp_path)
    (command,) = compiled(compiler, tmp_path, monkeypatch)
    assert command[1:3] == ("-include", str(header.with_suffix("")))
    told = subprocess.run([*command, "-H"], check=True, capture_output=True, text=True).stderr
    assert f"! {header}" in told  # as gcc says that it has used it


@pytest.mark.parametrize("content", [b"", b"gpch of another compiler"])
def test_a_damaged_header_is_left_out(
    compiler: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    precompiled(compiler, tmp_path).write_bytes(content)
    commands = compiled(compiler, tmp_path, monkeypatch)
    assert "-include" in commands[0]


def test_a_header_that_breaks_the_kernel_is_left_out(
    compiler: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = precompiled(compiler, tmp_path)
    header.unlink()
    header.mkdir()  # the text of the header stands for it
    header.with_suffix("").write_text("#error\n")
    commands = compiled(compiler, tmp_path, monkeypatch)
    assert ["-include" in command for command in commands] == [True, False]


def test_before_the_header_is_there_a_kernel_does_without(
    compiler: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiler, "_in_background", lambda words: None)
    (command,) = compiled(compiler, tmp_path, monkeypatch)
    assert "-include" not in command


def test_a_kernel_without_petsc_does_without(compiler: Any, tmp_path: Path) -> None:
    header = precompiled(compiler, tmp_path)
    source = tmp_path / "other.c"
    source.write_text("int one(void) { return 1; }\n")
    own = compiler.compilation._compiler(compiler._cppargs())
    assert compiler._header_for((own.cc, *own.cflags, "-o", "x.so", str(source))) is None
    source.write_text(SOURCE)
    assert compiler._header_for((own.cc, *own.cflags, "-o", "x.so", str(source))) == header.with_suffix("")
