"""The round-off of the equations of a balance, and whether it hides the fluxes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import ufl
from firedrake.assemble import get_assembler
from firedrake.petsc import PETSc

from trona.deck.layout import Layout, Named, Number
from trona.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trona.model.equation import Equation
    from trona.problem.problem import Problem
    from trona.problem.unknowns import Component

EPS = float(np.finfo(float).eps)
FAR = 1e10
"""Factor between two numbers above which their sum loses significant digits."""
_UNIFORM = 1e-6
"""Variation of a field, relative to its largest value, below which it is taken as uniform."""


class RoundOff:
    """Round-off of the equations of a problem in its present state, from the sizes of their rows.

    Storage, which depends on the difference of two states over the time step, and the other terms are treated apart.
    The size of a row is the size of its entries in the Jacobian, for unknowns of size 1.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._rest: dict[str, float] = {}
        self._stored: dict[str, float] = {}
        self._sizes: dict[str, float] = {}
        """By component, the largest norm of its state so far: a state at rest keeps the round-off of earlier ones."""
        self._fluxes: dict[str, list[Any]] = {}

    def renew(self) -> None:
        """Begin anew, for other inputs."""
        self._rest, self._stored, self._sizes = {}, {}, {}

    LAYOUT: ClassVar[Layout] = dict.fromkeys(("rest", "stored", "sizes"), Named(Number(at_least=0)))
    """The layout of `state`."""

    def state(self) -> dict[str, Any]:
        """Return the state for a restart, as plain data."""
        return {"rest": dict(self._rest), "stored": dict(self._stored), "sizes": dict(self._sizes)}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from the result of `state`. Raises UserError where it is that of other unknowns."""
        self._rest, self._stored, self._sizes = (dict(state[k]) for k in ("rest", "stored", "sizes"))
        for name, rows in (("rest", self._rest), ("stored", self._stored)):
            lost = [c.label for c in self.problem.unknowns.components if c.label not in rows]
            if self._rest and lost:
                raise UserError(f"audit.round_off.{name}: has no '{lost[0]}'")

    def rates(self) -> dict[str, float]:
        """Return, per balance, the rate below which a term is round-off of its rows. Collective."""
        if not self._rest:
            self._measure()
        weight = abs(float(self.problem.inputs.rates[0])) if self.problem.transient else 0.0
        unknowns, found = self.problem.unknowns, {}
        for component, part in zip(unknowns.components, unknowns.states[0].subfunctions, strict=True):
            with part.dat.vec_ro as vector:
                self._sizes[component.label] = max(float(vector.norm()), self._sizes.get(component.label, 0.0))
        for balance in self.problem.model.balances.values():
            rate = 0.0
            for component in unknowns.of(balance.field.name):
                row = self._rest[component.label] + weight * self._stored[component.label]
                # A law may take differences of values that are larger than the field: at least one unit of its scale.
                rate += 10 * EPS * row * max(self._sizes[component.label], 1.0)
            found[balance.name] = rate
        return found

    def _measure(self) -> None:
        newton, weight = self.problem.newton, float(self.problem.inputs.rates[0])
        whole = newton.rows(solved=True)
        if not self.problem.transient or not weight:
            self._rest = newton.row_sizes(whole)
            self._stored = dict.fromkeys(self._rest, 0.0)
            return
        with self._at_rest():
            rest = newton.rows()
        self._rest = newton.row_sizes(rest)
        whole.axpy(-1.0, rest)
        self._stored = {label: size / abs(weight) for label, size in newton.row_sizes(whole).items()}

    @contextmanager
    def _at_rest(self) -> Iterator[None]:
        """Within the context, rates of storage are zero."""
        rates = self.problem.inputs.rates
        kept = [float(rate) for rate in rates]
        for rate in rates:
            rate.assign(0.0)
        try:
            yield
        finally:
            for rate, value in zip(rates, kept, strict=True):
                rate.assign(value)

    # ------------------------------------------------------------------ what it hides

    def hidden(self, balance: Equation, largest: float, limit: float) -> tuple[Component, float] | None:
        """Return a component and the share of round-off in its fluxes if it is above `limit`, else None. Collective.

        largest: rate of the largest term that enters, leaves or is produced. The result is None if nothing flows or if
        the field is uniform.
        """
        components = [c for c in self.problem.unknowns.of(balance.field.name) if c.blocks]
        noise = sum(10 * EPS * self._rest[c.label] * self._sizes[c.label] for c in components)
        if noise <= limit * largest:
            return None
        components = [c for c in components if self._contrasted(c) and self._varies(c)]
        fluxes = self._flux(balance) if components else 0.0
        if not fluxes or noise <= limit * max(largest, fluxes):
            return None
        rows = self._row_noise()
        for component in components:
            part = rows[component.index] / max(largest, fluxes)
            if part > limit:
                return component, part
        return None

    def _contrasted(self, component: Component) -> bool:
        """Whether values of its blocks differ so much that sums of their contributions lose significant digits.

        Otherwise fluxes that are only round-off are zero, such as the stress of a freely expanding body.
        """
        problem = self.problem
        for members in problem.inputs.properties().values():
            sizes = [
                abs(problem.inputs.number(symbol))
                for block, symbol in members.items()
                if block in component.blocks and not problem.model.varies(symbol.expression)
            ]
            sizes = [size for size in sizes if size > 0]
            if sizes and max(sizes) > FAR * min(sizes):
                return True
        return False

    def _varies(self, component: Component) -> bool:
        with self.problem.unknowns.states[0].subfunctions[component.index].dat.vec_ro as values:
            low, high = values.min()[1], values.max()[1]
            mean = self._sizes[component.label] / max(values.getSize(), 1) ** 0.5
        return bool(high - low > _UNIFORM * max(abs(low), abs(high), mean))

    def _flux(self, balance: Equation) -> float:
        """Return the largest flux of a balance, of one term in one block, through a typical cross-section."""
        forms = self.problem.reading
        if balance.name not in self._fluxes:
            self._fluxes[balance.name] = [
                get_assembler(forms.integrate(i.density.map(_size), i.site, i.labels, moving=i.moving))
                for term in balance.terms
                if term.kind == "flux"
                for i in map(forms.integral, self.problem.model.places_of(balance, term))
            ]
        values = [float(a.assemble()) for a in self._fluxes[balance.name]]
        return max(values, default=0.0) / self.problem.extent

    def _row_noise(self) -> list[float]:
        """Return, per component, the round-off of rates through a cross-section, from the terms of each row."""
        problem, newton = self.problem, self.problem.newton
        with self._at_rest(), problem.unknowns.states[0].dat.vec as x:
            J = newton.jacobian(x)
            if not newton.sparse:
                return [10 * EPS * self._rest[c.label] * self._sizes[c.label] for c in problem.unknowns.components]
            whole = J if "aij" in J.getType() else J.convert("aij", PETSc.Mat())
            starts, columns, values = whole.getValuesCSR()
            absolute = PETSc.Mat().createAIJ(whole.getSizes(), csr=(starts, columns, np.abs(values)), comm=whole.comm)
            sizes, rows = x.copy(), whole.createVecLeft()
            sizes.abs()
            absolute.mult(sizes, rows)
        found, dimension = [], problem.model.dimension
        for component, own in zip(problem.unknowns.components, newton.fields, strict=True):
            part = rows.getSubVector(own)
            # Errors of the rows along a cross-section add up at random.
            across = max(part.getSize(), 1) ** ((dimension - 1) / (2 * dimension))
            found.append(EPS * float(part.max()[1]) * across * float(component.row))
            rows.restoreSubVector(own, part)
        return found


def _size(vector: Any) -> Any:
    return ufl.sqrt(ufl.inner(vector, vector))
