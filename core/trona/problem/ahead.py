"""Kernels ahead of their use: made by several processes at a time, since their code is generated in Python.

Firedrake makes each when it first needs it, one after the other. What the processes make they leave in the caches on
disk, where Firedrake finds it; what they could not make, it makes itself, with its own message.
"""

from __future__ import annotations

import fcntl
import inspect
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firedrake import tsfc_interface
from firedrake.assemble import ParloopBuilder, ParloopFormAssembler, _make_global_kernel, get_assembler
from mpi4py import MPI
from pyop2 import global_kernel
from pyop2.caching import DictLikeDiskAccess, as_hexdigest
from pyop2.configuration import configuration

from trona.problem.compiler import make_library, precompile, prepare_compiler
from trona.problem.processes import Pool
from trona.problem.splitting import prepare_splitting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Report = Callable[[str], None]

PATIENCE = 120.0
"""How long one process waits while another one, whose turn it is, makes no further kernel, s; then it makes its own."""
_compile_form = inspect.unwrap(tsfc_interface.compile_form)
_analyse = inspect.unwrap(tsfc_interface.tsfc_compile_form)
_generate = inspect.unwrap(global_kernel._generate_code_from_global_kernel)


class Ahead:
    """Makes kernels on the first rank, while the others wait.

    report: told how far it is; message: told once when a process has failed. Of several runs with one cache, such as
    those of a sweep, one makes kernels at a time: the others wait for it and make what is then still missing.
    """

    def __init__(self, comm: Any, report: Report | None = None, message: Report | None = None) -> None:
        prepare_compiler()  # who has imported Firedrake before trona has not done so
        prepare_splitting()
        self._comm = comm
        self.made = 0
        """How many forms and kernels have been in no cache so far, on the first rank; all, where nobody has looked."""
        self._pool = Pool(_nobody, _nobody)
        self.report_to(report or _nobody, message or _nobody)
        self._waiting: list[Any] = []
        self._has_turn = False
        self._useful = self._pool.size > 1 and len(set(comm.allgather(MPI.Get_processor_name()))) == 1

    def report_to(self, report: Report, message: Report) -> None:
        """Tell somebody else from now on."""
        self._report, self._message = report, message
        self._pool.report_to(report, message)

    def assembler(self, form: Any) -> Any:
        """Return Firedrake's assembler of a form, whose kernels `compile_waiting` makes."""
        found = get_assembler(form)
        self._waiting.append(found)
        return found

    def compile_waiting(self) -> None:
        """Make the kernels of all assemblers that have been handed out since the last time. Collective."""
        waiting, self._waiting = self._waiting, []
        self.compile(waiting)

    def compile(self, assemblers: Iterable[Any]) -> None:
        """Make what these assemblers (of `get_assembler`) need and is in no cache yet. Collective."""
        found = [a for a in assemblers if isinstance(a, ParloopFormAssembler)]
        if not self._useful or not found:
            self.made += len(found)  # or so: whoever needs them looks
            return
        self._alone(lambda: self._analyse([(a._form, a._form_compiler_params, a.diagonal) for a in found]))
        kernels = [kernel for each in found for kernel in kernels_of(each)]
        self._alone(lambda: self._compile(kernels))

    @contextmanager
    def analysing(self, beside: Any = None) -> Iterator[None]:
        """Within the context, the parts of each form that Firedrake analyses are shared out too. Collective.

        beside: another form. As soon as there is something to analyse, one more process makes all that this one needs,
        on cores that are idle while Firedrake works on one. At the end of the context it has done so. Not on several
        ranks, of which forks cannot speak with each other.
        """
        original = tsfc_interface.compile_form

        def compile_form(form: Any, *names: Any, parameters: Any = None, diagonal: bool = False, **how: Any) -> Any:
            if beside is not None and self._comm.size == 1:
                self._alone(lambda: begin(form, parameters, diagonal))
            self._alone(lambda: self._analyse([(form, parameters, diagonal)]))
            return original(form, *names, parameters=parameters, diagonal=diagonal, **how)

        def begin(form: Any, parameters: Any, diagonal: bool) -> None:
            if not self._has_turn and isinstance(form, tsfc_interface.Form) and not _known(form, parameters, diagonal):
                held.enter_context(self._in_turn())
                held.enter_context(self._pool.beside(make))

        def make() -> None:
            tsfc_interface.compile_form = original
            self._make(beside)

        if not self._useful:
            yield
            return
        with ExitStack() as held:
            tsfc_interface.compile_form = compile_form
            held.callback(setattr, tsfc_interface, "compile_form", original)
            yield

    @staticmethod
    def _make(form: Any) -> None:
        """Make what a form needs, in this process, as far as it is in no cache."""
        # The smallest first: others begin at the other end.
        for kernel in reversed(_largest_first(_missing(kernels_of(get_assembler(form))))):
            _compile_kernel(kernel)

    def _alone(self, work: Callable[[], None]) -> None:
        """Do something on the first rank, while the others sleep. If it fails, Firedrake goes on without it."""
        if self._comm.rank == 0:
            try:
                work()
            except Exception as error:
                self._message(f"kernels are made one after the other ({type(error).__name__}: {error})")
        met = self._comm.Ibarrier()
        while not met.Test():
            time.sleep(0.01)

    # ------------------------------------------------------------------ forms to loops

    def _analyse(self, forms: list[tuple[Any, Any, bool]]) -> None:
        if self._unknown(forms):
            with self._in_turn():
                tasks = self._unknown(forms)
                self.made += len(tasks)
                self._pool.run("analysing forms", tasks)

    def _unknown(self, forms: list[tuple[Any, Any, bool]]) -> list[Callable[[], None]]:
        tasks = {}
        for form, parameters, diagonal in forms:
            if isinstance(form, tsfc_interface.Form) and not _known(form, parameters, diagonal):
                for part, options in _parts(form, parameters, diagonal):
                    key = tsfc_interface.tsfc_compile_form_hashkey(part, **options)
                    if not _stored(tsfc_interface._cachedir, key):
                        tasks[key] = partial(_analyse_part, key, part, options)
        return list(tasks.values())

    # ------------------------------------------------------------------ loops to machine code

    def _compile(self, kernels: list[Any]) -> None:
        if _missing(kernels):
            with self._in_turn():
                missing = _missing(kernels)
                precompile()
                self.made += len(missing)
                # So that no large one is left to one process at the end.
                first = _largest_first(missing)
                self._pool.run("compiling kernels", [partial(_compile_kernel, kernel) for kernel in first])

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Within the context no other process with this cache makes kernels, where the file system can tell."""
        if self._has_turn:
            yield
            return
        self._has_turn = True
        try:
            with self._locked():
                yield
        finally:
            self._has_turn = False

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = _lock()
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
            file = lock.open("a")
        except OSError:
            yield
            return
        with file:
            begin = time.time()
            while time.time() - max(begin, os.fstat(file.fileno()).st_mtime) < PATIENCE:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    self._report("waiting for another process, which compiles kernels")
                    time.sleep(0.05)
                except OSError:  # no locks there
                    break
                else:
                    _goes_on()
                    break
            yield


def _nobody(_: str) -> None:
    pass


def _lock() -> Path:
    return Path(configuration["cache_dir"], "trona.lock")


def _goes_on() -> None:
    """Show those who wait that this process makes kernels."""
    with suppress(OSError):
        os.utime(_lock())


def _missing(kernels: Iterable[Any]) -> list[Any]:
    found = {k.cache_key: k for k in kernels if not _stored(configuration["cache_dir"], k.cache_key)}
    return list(found.values())


def _largest_first(kernels: Iterable[Any]) -> list[Any]:
    return sorted(kernels, key=lambda kernel: -kernel.local_kernel.num_flops)


def _known(form: Any, parameters: Any, diagonal: bool) -> bool:
    key = tsfc_interface._compile_form_hashkey(form, "form", parameters, diagonal=diagonal)
    return _stored(tsfc_interface._cachedir, key)


def _stored(folder: Any, key: Any) -> bool:
    digest = as_hexdigest(key)
    return Path(folder, digest[:2], digest[2:]).with_suffix(".pickle").exists()


def _parts(form: Any, parameters: Any, diagonal: bool) -> list[tuple[Any, dict[str, Any]]]:
    """Return the parts in which Firedrake analyses a form, each with the options that it gives."""
    found: list[tuple[Any, dict[str, Any]]] = []

    def note(part: Any, **options: Any) -> tuple[()]:
        found.append((part, options))
        return ()

    original = tsfc_interface.tsfc_compile_form
    tsfc_interface.tsfc_compile_form = note
    try:
        _compile_form(form, "form", parameters=parameters, diagonal=diagonal)
    finally:
        tsfc_interface.tsfc_compile_form = original
    return found


def _analyse_part(key: Any, part: Any, options: dict[str, Any]) -> None:
    DictLikeDiskAccess(tsfc_interface._cachedir)[key] = _analyse(part, **options)
    _goes_on()


def kernels_of(assembler: Any) -> Iterator[Any]:
    """Yield the kernels of an assembler, as it will make them itself."""
    for local, region in assembler.local_kernels:
        regions = assembler.all_integer_subdomain_ids[local.indices][local.kinfo.domain_number]
        builder = ParloopBuilder(assembler._form, assembler._bcs, local, region, regions, diagonal=assembler.diagonal)
        yield _make_global_kernel(
            assembler._form, local, region, regions, diagonal=assembler.diagonal, unroll=builder.needs_unrolling()
        )


def _compile_kernel(kernel: Any) -> None:
    if not _missing([kernel]):  # another process has made it, or is about to
        return
    code = _generate(kernel, None)
    DictLikeDiskAccess(configuration["cache_dir"])[kernel.cache_key] = code
    make_library(code, "cpp" if kernel.local_kernel.cpp else "c", kernel._cppargs, kernel._ldargs)
    _goes_on()
