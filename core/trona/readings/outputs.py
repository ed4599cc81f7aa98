"""Numbers from a solution: expressions over blocks, boundaries and interfaces, as reductions see them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from firedrake.assemble import get_assembler

from trona.model.reduction import NoValueError
from trona.problem.constant import Constant
from trona.problem.lower import Lowered
from trona.problem.site import Site
from trona.readings.sampling import FINE, Sampling, fields_in

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from trona.model.asked import OnRegion
    from trona.model.laws import Law
    from trona.model.records import Output
    from trona.model.symbols import FieldSymbol
    from trona.problem.problem import Problem
    from trona.readings.samplers import Sampler
    from trona.units import Unit

__all__ = ["FINE", "OutputEvaluator"]
_ROUND_OFF = 1e-12
"""How well a solution is known, relative to its size."""
_CLEAR = 1e6
"""How far above round-off what is reported needs no second look at its round-off."""

_T = TypeVar("_T")


class OutputEvaluator:
    """Evaluates outputs; what is compiled and allocated for an output is kept for later steps."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.sampling = Sampling(problem)
        self._regions: dict[Hashable, OverRegion] = {}
        self._read: dict[Hashable, Any] | None = None

    @contextmanager
    def of_one_state(self) -> Iterator[None]:
        """While this lasts the state stays as it is, and what several outputs read is read once."""
        self._read = {}
        try:
            yield
        finally:
            self._read = None

    def once(self, key: Hashable, read: Callable[[], _T]) -> _T:
        """Return what is read under this key, or has been read in this state."""
        if self._read is None:
            return read()
        if key not in self._read:
            self._read[key] = read()
        found: _T = self._read[key]
        return found

    def over(self, output: Output | OnRegion) -> OverRegion:
        """Return the expression of an output over its region, the same for the same expression and region."""
        key = output.expression, output.expressed_in, output.blocks, _place(output.law)
        if key not in self._regions:
            self._regions[key] = OverRegion(self, output)
        return self._regions[key]

    def renew(self) -> None:
        """Forget what was found for other inputs."""
        for region in self._regions.values():
            region.renew()

    def value(self, output: Output) -> float:
        """Return the value of an output, in the coherent SI unit, the same on all ranks."""
        return self.reading(output)[0]

    def reading(self, output: Output) -> tuple[float, str]:
        """Return the value of an output; if it has none, NaN and the reason."""
        try:
            return output.reduction.value(self.over(output)), ""
        except NoValueError as reason:
            return float("nan"), str(reason)


class OverRegion:
    """The expression of an output over its region in the present state, which `trona.model.reduction.Over` describes.

    An integral is compiled once for each function.
    """

    def __init__(self, evaluator: OutputEvaluator, output: Output | OnRegion) -> None:
        self.problem, self.output = evaluator.problem, output
        self.model, self.forms = self.problem.model, self.problem.reading
        self._sampling, self._once, self._sums = evaluator.sampling, evaluator.once, self.problem.local_sums
        self._numbers: list[Any] = []
        self._integrals: dict[Any, list[Any]] = {}
        self._updates: list[Callable[[], None]] = []
        self._extents: list[Any] | None = None
        self._samples: list[Sampler] | None = None
        self._noise = np.inf

    def renew(self) -> None:
        self._noise = np.inf

    @property
    def unit(self) -> Unit:
        return self.output.expressed_in

    # ------------------------------------------------------------------ integrals

    def integral(self, function: Callable[..., Any] | None = None, *numbers: float) -> float:
        while len(self._numbers) < len(numbers):
            self._numbers.append(Constant(0.0))
        constants = self._numbers[: len(numbers)]
        for constant, number in zip(constants, numbers, strict=True):
            constant.assign(number)
        whole = function or (lambda u: u)
        key = whole(self.output.expression, *constants)
        if key not in self._integrals:

            def whole_of(density: Any) -> Any:
                return whole(density, *constants)

            made = [(site, labels, d.map(whole_of)) for d, site, labels, _ in self._densities()]
            self._integrals[key] = [get_assembler(self.forms.integrate(d, site, labels)) for site, labels, d in made]
        return self._once((self, key, numbers), lambda: self._assembled(self._integrals[key]))

    def _assembled(self, forms: list[Any]) -> float:
        for update in self._updates:
            update()
        return sum(float(form.assemble()) for form in forms)

    def extent(self) -> float:
        if self._extents is None:
            self._extents = list(self._extent_forms())
        extents = self._extents
        return self._once(
            (self, "extent"), lambda: sum(e if isinstance(e, float) else float(e.assemble()) for e in extents)
        )

    def _extent_forms(self) -> Iterator[Any]:
        changing = self.model.motion is not None or bool(self.model.coordinates.turns)
        for density, site, labels, extent in self._densities():
            whole = Lowered(1.0, density.meshes)
            yield get_assembler(self.forms.integrate(whole, site, labels)) if changing else float(extent)

    def _densities(self) -> Iterator[tuple[Lowered, Site, tuple[int, ...], float]]:
        """Yield for each part of the region the integrand, its site and labels, and its size in the mesh as read."""
        mesh, output = self.model.mesh, self.output
        self._updates.clear()
        if output.law is not None:
            for patch in output.law.patches:
                expression = self._sums.expand_at(output.expression, patch)
                self._updates.append(self._sums.updating(expression))
                site = self.forms.facet_site(patch.sides, expression)
                area = sum(mesh.facet_sets[s].measure for s in patch.sets)
                yield self.forms.lower(expression, site), site, self.forms.labels(site, patch), area
            return
        for block in output.blocks:
            expression = self.model.expand(output.expression, block)
            points = self.forms.points_of(expression)
            site = Site("dx", self._sampling.home(expression, block), {None: block}, degree=points)
            labels = (self.problem.meshes.block_label(block),)
            yield self.forms.lower(expression, site), site, labels, mesh.block_measure[block]

    # ------------------------------------------------------------------ extremes

    def extremes(self) -> tuple[float, float]:
        return self._once((self, "extremes"), self._present_extremes)

    def _present_extremes(self) -> tuple[float, float]:
        if self._samples is None:
            self._samples = list(self._samplers())
        comm = self.problem.comm
        found = [sampler.extremes() for sampler in self._samples]
        low, high = min(low for low, _ in found), max(high for _, high in found)
        return -float(comm.allreduce(-low, op=_mpi_max())), float(comm.allreduce(high, op=_mpi_max()))

    def _samplers(self) -> Iterator[Sampler]:
        for patch in self.output.law.patches if self.output.law else ():
            yield self._sampling.on_patch(self.output.expression, patch)
        for block in self.output.blocks:
            yield self._sampling.in_block(self.output.expression, block, otherwise=FINE)

    def noise(self, size: float) -> float:
        if size > _CLEAR * self._noise:
            return self._noise
        problem, noise = self.problem, 0.0
        before = self._present_extremes()
        state = problem.unknowns.states[0]
        names = {s.name for s in self._symbols()}
        for component in (c for c in problem.unknowns.components if c.name in names):
            part = state.subfunctions[component.index]
            kept = part.dat.data_ro.copy()
            offset = abs(float(component.reference)) / float(component.scale)
            level = problem.comm.allreduce(float(np.abs(kept).max(initial=0.0)), op=_mpi_max())
            change = _ROUND_OFF * max(1.0, offset, level)
            part.dat.data[...] = kept + change * np.where(np.arange(kept.size) % 2, 1, -1).reshape(kept.shape)
            after = self._present_extremes()
            noise += max(abs(a - b) for a, b in zip(after, before, strict=True))
            part.dat.data[...] = kept
        self._noise = noise
        return noise

    def _symbols(self) -> Iterator[FieldSymbol]:
        for patch in self.output.law.patches if self.output.law else ():
            yield from fields_in(self.model.expand_at(self.output.expression, patch))
        for block in self.output.blocks:
            yield from fields_in(self.model.expand(self.output.expression, block))


def _place(law: Law | None) -> Hashable:
    """Return what tells the places of laws apart."""
    return law and (law.key, law.minus, law.plus, tuple((tuple(p.sides.items()), p.sets) for p in law.patches))


def _mpi_max() -> Any:
    from mpi4py import MPI

    return MPI.MAX
