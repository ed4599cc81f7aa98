"""Flows into blocks through a boundary or an interface, per time, to the accuracy of the fields.

Where facets have terms of their own (inflows, exchange across an interface), these are what enters. Where a value is
fixed it is the residual of the rows that the value replaces. Inside a field that is continuous across an interface it
is the residual of the rows there, assembled over the entered block alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
from firedrake.assemble import get_assembler

from trona.errors import UserError
from trona.readings.reactions import Entering, Side, is_inside

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from trona.model.asked import Flow
    from trona.model.equation import Term
    from trona.problem.forms import Integral
    from trona.problem.problem import Problem
    from trona.problem.unknowns import Component

Sets = frozenset[int]


class FlowReader:
    """Evaluates a flow in the current state."""

    def __init__(self, problem: Problem, request: Flow) -> None:
        self.problem, self.request = problem, request
        self.model, self.forms, self._mesh = problem.model, problem.reading, problem.model.mesh
        self._balance = self.model.balances[request.balance]
        self._axes = range(request.shape[0]) if request.shape else range(1)
        entered: dict[Component, dict[str, Sets]] = {}
        for block, sets in request.sets.items():
            component = problem.unknowns.find(self._balance.field.name, block)
            entered.setdefault(component, {})[block] = frozenset(sets)
        self._known: list[list[Any]] = [[] for _ in range(len(self._axes) + request.with_field)]
        self._entering: list[tuple[int, Entering]] = []
        for component, blocks in entered.items():
            for block, facets in blocks.items():
                self._add_terms(block, facets)
            for axis in self._axes:
                self._add_residual(component, blocks, axis)

    def values(self) -> Any:
        """Return the flow per time, one number per component of the balance, the same on all ranks."""
        found = np.array([sum(float(form.assemble()) for form in forms) for forms in self._known], dtype=float)
        comm = self.problem.comm
        for axis, entering in self._entering:
            for side, entered in [(side, entered) for side, entered in entering.nodal() if side.boundary]:
                found[axis] += comm.allreduce(float(np.sum(entered)))
                if self.request.with_field:
                    found[-1] += comm.allreduce(float(np.sum(entered * self._field_at(side))))
        return found

    def _field_at(self, side: Side) -> Any:
        component = side.component
        values = self.problem.unknowns.states[0].subfunctions[component.index].dat.data_ro[side.nodes]
        return float(component.reference) + float(component.scale) * values

    # ------------------------------------------------------------------ terms of the facets themselves

    def _integrals(self, block: str) -> Iterator[tuple[Term, Integral, Sets]]:
        """Yield every integral of the balance in a block or beside it, with its facets: none in the block itself."""
        for placed, integral in self.forms.integrals(self.problem.transient):
            if placed.equation is self._balance and placed.block == block:
                facets = placed.patch.sets if placed.patch is not None else ()
                yield placed.term, integral, frozenset(facets)

    def _add_terms(self, block: str, sets: Sets) -> None:
        for term, integral, facets in self._integrals(block):
            here = facets & sets
            if not here or integral.kind == "jump":  # by which nothing passes
                continue
            labels = integral.labels
            if labels:
                labels = tuple(label for label in labels if label in self._labels(here))
            elif not facets <= sets:
                text = f"goes through a part of '{term.region}', where {term.plugin} has an unknown on the whole"
                raise UserError(f"the flow '{self.request.name}' {text}")
            for axis in self._axes:
                form = self.forms.integrate(integral.density.along(axis), integral.site, labels, moving=integral.moving)
                self._known[axis].append(get_assembler(form))
            if self.request.with_field:
                field = self.forms.lower(self._symbol_in(block), integral.site)
                density = integral.density.map(lambda d, f: d * f, field)
                form = self.forms.integrate(density, integral.site, labels, moving=integral.moving)
                self._known[-1].append(get_assembler(form))

    def _symbol_in(self, block: str) -> Any:
        return self.model.field_symbol(self._balance.field.name, None, block)

    def _labels(self, sets: Iterable[int]) -> tuple[int, ...]:
        return self.problem.meshes.facet_labels(tuple(sorted(sets)))

    # ------------------------------------------------------------------ residuals

    def _add_residual(self, component: Component, blocks: dict[str, Sets], axis: int) -> None:
        """Add what enters through fixed values, and through facets inside the component."""
        fixed = self._fixed(component, axis)
        inner = {block: frozenset(s for s in sets if self._is_inner(component, s)) for block, sets in blocks.items()}
        mine = frozenset[int]().union(*blocks.values()) & fixed
        if mine:
            sides = [*self._sides(component, axis, blocks, mine, self.request.region)]
            sides += self._sides(component, axis, dict.fromkeys(component.blocks, fixed - mine), fixed - mine, "")
            self._entering.append((axis, Entering(self.problem, sides, self.problem.residual)))
        for block, sets in inner.items():
            if not sets:
                continue
            beside = frozenset(n for n, s in enumerate(self._mesh.facet_sets) if block in s.blocks) - sets
            others = frozenset(s for s in beside if s in fixed or self._is_inner(component, s))
            sides = [*self._sides(component, axis, {block: sets}, sets, self.request.region)]
            sides += self._sides(component, axis, {block: others}, others, "")
            self._entering.append((axis, Entering(self.problem, sides, self._residual_in(block, sets))))

    def _is_inner(self, component: Component, facet_set: int) -> bool:
        return is_inside(component, (facet_set,), self._mesh)

    def _fixed(self, component: Component, axis: int) -> Sets:
        """Return the facets on the outside of a component where it has a fixed value."""
        found: set[int] = set()
        for each in self.model.fixed:
            if each.field == component.name and each.component in (None, axis):
                region = self._mesh.boundaries.get(each.boundary) or self._mesh.interfaces[each.boundary]
                found |= {s for s in region.sets if set(self._mesh.facet_sets[s].blocks) & set(component.blocks)}
        return frozenset(s for s in found if not self._is_inner(component, s))

    def _sides(self, component: Component, axis: int, blocks: dict[str, Sets], sets: Sets, name: str) -> Iterator[Side]:
        """Yield sides for these facets, one for each entered block and choice of neighbours."""
        for block, own in blocks.items():
            alike: dict[frozenset[str], list[int]] = {}
            for s in sorted(own & sets):
                beside = frozenset(self._mesh.facet_sets[s].blocks)
                if block in beside:
                    alike.setdefault(beside, []).append(s)
            for found in alike.values():
                space = component.space.sub(axis) if component.field.shape else component.space
                size = component.space.dof_dset.size
                bc = fd.DirichletBC(space, 0, self._labels(found))
                nodes = np.array([n for n in dict.fromkeys(bc.nodes.tolist()) if n < size], dtype=int)
                yield Side(name, component, axis, nodes, tuple(found), (block,))

    def _residual_in(self, block: str, sets: Sets) -> Any:
        """Return the residual of the balance in one block, without what its terms on these facets bring."""
        parts = []
        for _, integral, facets in self._integrals(block):
            labels = integral.labels
            if integral.vanishes:
                continue
            if facets & sets:
                labels = tuple(label for label in labels if label not in self._labels(sets))
                if not labels:
                    continue
            parts.append(self.forms.alone(replace(integral, labels=labels)))
        return sum(parts[1:], parts[0])
