"""Kernels made ahead by several processes are those that Firedrake makes itself, and it makes none again."""

from __future__ import annotations

import fcntl
import gc
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_mpi import parallel_assert

from trona.problem.processes import PROCESSES, number_of_processes

LENGTHS = 3


@pytest.fixture
def forms(monkeypatch: pytest.MonkeyPatch) -> Callable[[], tuple[list[Any], list[float]]]:
    """A function that returns forms that nobody has compiled before, and their values."""
    monkeypatch.setenv(PROCESSES, "2")
    from trona.problem.start import start_firedrake

    start_firedrake()
    import firedrake as fd

    mesh = fd.UnitIntervalMesh(4)

    def make() -> tuple[list[Any], list[float]]:
        comm = fd.COMM_WORLD
        numbers = comm.bcast([random.SystemRandom().uniform(1, 2) for _ in range(LENGTHS)])
        # A number of Python is baked into the code; the powers make each a code of its own.
        made = [n * fd.SpatialCoordinate(mesh)[0] ** k * fd.dx(domain=mesh) for k, n in enumerate(numbers)]
        return made, [n / (k + 1) for k, n in enumerate(numbers)]

    return make


@pytest.fixture
def made_here(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What this process itself analyses, generates and compiles from now on."""
    from pyop2 import compilation, global_kernel

    found: list[str] = []

    def watch(module: Any, name: str) -> None:
        original = getattr(module, name)

        def watched(*arguments: Any, **options: Any) -> Any:
            found.append(name)
            return original(*arguments, **options)

        monkeypatch.setattr(module, name, watched)

    watch(global_kernel, "generate")
    watch(compilation, "_run")
    return found


@pytest.mark.parallel([1, 2])
def test_what_was_made_ahead_is_not_made_again(forms: Any, made_here: list[str]) -> None:
    import firedrake as fd

    from trona.problem.ahead import Ahead

    told: list[str] = []
    ahead = Ahead(fd.COMM_WORLD, message=told.append)
    made, values = forms()
    assemblers = [ahead.assembler(form) for form in made]
    ahead.compile_waiting()
    found = [assembler.assemble() for assembler in assemblers]
    parallel_assert(made_here == [], msg=str(made_here))
    parallel_assert(found == pytest.approx(values, rel=1e-12))
    parallel_assert(told == [])


def test_it_knows_the_compiler_where_firedrake_was_there_first(
    forms: Any, made_here: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import firedrake as fd
    from pyop2 import compilation

    from trona.problem.ahead import Ahead

    monkeypatch.setattr(compilation, "_compiler", None)
    told: list[str] = []
    ahead = Ahead(fd.COMM_WORLD, message=told.append)
    made, values = forms()
    assemblers = [ahead.assembler(form) for form in made]
    ahead.compile_waiting()
    assert [a.assemble() for a in assemblers] == pytest.approx(values, rel=1e-12)
    assert (made_here, told) == ([], [])


@pytest.mark.parallel([1, 2])
def test_another_form_is_made_beside(forms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """On one rank by one more process, and on several afterwards; also where that process crashes."""
    import firedrake as fd

    from trona.problem import ahead as module

    def crash(_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    told: list[str] = []
    ahead = module.Ahead(fd.COMM_WORLD, message=told.append)
    for crashes in (False, True):
        if crashes:
            monkeypatch.setattr(module.Ahead, "_make", staticmethod(crash))
        (first, *others), (value, *values) = forms()
        assembler, other = module.get_assembler(first), module.get_assembler(sum(others[1:], others[0]))
        with ahead.analysing(beside=other._form):
            assert assembler.local_kernels
            ahead.compile([assembler])
        missing = len(module._missing(module.kernels_of(other)))
        parallel_assert((missing == 0) == (not crashes and fd.COMM_WORLD.size == 1), msg=str(missing))
        ahead.compile([other])
        parallel_assert(other.assemble() == pytest.approx(sum(values), rel=1e-12))
        parallel_assert(assembler.assemble() == pytest.approx(value, rel=1e-12))
    parallel_assert(told == [], msg=str(told))


def test_what_is_made_beside_ends_with_an_error(forms: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import firedrake as fd

    from trona.problem import ahead as module

    told = tmp_path / "process"

    def make(_: Any) -> None:
        told.with_suffix(".part").write_text(str(os.getpid()))
        told.with_suffix(".part").rename(told)
        time.sleep(100)

    monkeypatch.setattr(module.Ahead, "_make", staticmethod(make))
    (first, other, *_), _ = forms()
    with pytest.raises(KeyboardInterrupt), module.Ahead(fd.COMM_WORLD).analysing(beside=other):
        assert module.get_assembler(first).local_kernels
        begin = time.monotonic()
        while not told.exists() and time.monotonic() - begin < 60:
            time.sleep(0.01)
        raise KeyboardInterrupt
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()), 0)


def test_processes_do_not_collect_garbage(tmp_path: Path) -> None:
    """It takes a fifth of the time; here it goes on as before."""
    from trona.problem.processes import Pool
    from trona.problem.start import uncollected

    def tell(number: int) -> None:
        (tmp_path / str(number)).write_text(str(gc.isenabled()))

    assert Pool(print, print).run("telling", [lambda: tell(1), lambda: tell(2)]) or number_of_processes() == 1
    assert {path.read_text() for path in tmp_path.iterdir()} <= {"False"}
    with uncollected(), uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_without_it_firedrake_makes_the_same(forms: Any, made_here: list[str]) -> None:
    """The other way round: what is watched above is what is made."""
    from firedrake.assemble import get_assembler

    made, values = forms()
    assert [get_assembler(form).assemble() for form in made] == pytest.approx(values, rel=1e-12)
    assert made_here == ["generate", "_run"] * LENGTHS


def test_what_another_process_makes_is_waited_for(
    forms: Any, made_here: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has its turn leaves nothing to make; one that never ends it is not waited for without end."""
    import firedrake as fd
    from pyop2.configuration import configuration

    from trona.problem import ahead as module

    made, values = forms()
    begun, begin = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            other = module.Ahead(fd.COMM_WORLD)
            with other._in_turn():
                os.write(begin, b".")
                time.sleep(0.3)
                monkeypatch.setattr(module, "PATIENCE", 0.0)  # it has its turn
                other.compile([module.get_assembler(form) for form in made])
        finally:
            os._exit(0)
    os.read(begun, 1)
    said: list[str] = []
    ahead = module.Ahead(fd.COMM_WORLD, report=said.append)
    ahead.compile([module.get_assembler(form) for form in made])
    os.waitpid(child, 0)
    assert ahead.made == 0 and "waiting for another process, which compiles kernels" in said
    assert [module.get_assembler(form).assemble() for form in made] == pytest.approx(values, rel=1e-12)
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    others, values = forms()
    with Path(configuration["cache_dir"], "trona.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ahead.compile([module.get_assembler(form) for form in others])
    assert ahead.made == 2 * LENGTHS
    assert [module.get_assembler(form).assemble() for form in others] == pytest.approx(values, rel=1e-12)
    assert made_here == []


def test_who_goes_on_is_waited_for_longer(forms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience is for one that makes nothing, as one that is stopped, and not for one that has much to make."""
    import firedrake as fd

    from trona.problem import ahead as module

    monkeypatch.setattr(module, "PATIENCE", 2.0)
    ahead = module.Ahead(fd.COMM_WORLD)
    begun, begin = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with module.Ahead(fd.COMM_WORLD)._in_turn():
                os.write(begin, b".")
                for _ in range(30):
                    time.sleep(0.1)
                    module._goes_on()
        finally:
            os._exit(0)
    os.read(begun, 1)
    start = time.monotonic()
    with ahead._in_turn():
        assert time.monotonic() - start > 2.8
    os.waitpid(child, 0)


@pytest.mark.parallel([1, 2])
@pytest.mark.parametrize("step", ["_analyse_part", "_compile_kernel"])
def test_after_a_crash_firedrake_makes_them(forms: Any, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import firedrake as fd

    from trona.problem import ahead as module

    def crash(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(module, step, crash)
    told: list[str] = []
    ahead = module.Ahead(fd.COMM_WORLD, message=told.append)
    made, values = forms()
    assemblers = [ahead.assembler(form) for form in made]
    ahead.compile_waiting()
    parallel_assert([a.assemble() for a in assemblers] == pytest.approx(values, rel=1e-12))
    parallel_assert(len(told) == (fd.COMM_WORLD.rank == 0), msg=str(told))


@pytest.mark.parallel([1, 2])
def test_a_fault_in_looking_ahead_ends_nothing(forms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import firedrake as fd

    from trona.problem import ahead as module

    def fails(*_: Any) -> Any:
        raise KeyError("of another version")

    monkeypatch.setattr(module, "_parts", fails)
    told: list[str] = []
    ahead = module.Ahead(fd.COMM_WORLD, message=told.append)
    made, values = forms()
    assemblers = [ahead.assembler(form) for form in made]
    ahead.compile_waiting()
    parallel_assert([a.assemble() for a in assemblers] == pytest.approx(values, rel=1e-12))
    if fd.COMM_WORLD.rank == 0:
        assert told == ["kernels are made one after the other (KeyError: 'of another version')"]
