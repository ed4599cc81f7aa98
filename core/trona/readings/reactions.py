"""Inflows where the residual is not zero: through boundaries with a fixed value, and through a cut.

A node where two such boundaries meet belongs to both. Its residual is the sum of both inflows: each boundary gets the
flux beside it and a share of the remainder. The sum is then exact, and each inflow is as accurate as the field.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from operator import neg
from typing import TYPE_CHECKING, Any

import firedrake as fd
import numpy as np
import ufl

from trona.problem.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trona.mesh.data import MeshData
    from trona.model.composition import Placed
    from trona.model.equation import Equation, Term
    from trona.problem.lower import Lowered
    from trona.problem.problem import Problem
    from trona.problem.unknowns import Component


@dataclass(eq=False)
class Side:
    """Facets at whose nodes the residual of a field, or of one component of it, is what enters there.

    boundary: what they are called. nodes: of the component's function, on this rank. sets: the facets, all with the
    same blocks beside them; none where another side has them. blocks: those that are entered.
    shared: which of the nodes lie on others too; weights: of the share that this boundary gets of what is left there.
    """

    boundary: str
    component: Component
    axis: int
    nodes: Any
    sets: tuple[int, ...]
    blocks: tuple[str, ...]
    shared: Any = None
    weights: Any = None
    flux: list[Any] = field(default_factory=list)


class Entering:
    """Reads, off the present state, what enters through sides; residual: a form that is zero at all other nodes."""

    def __init__(self, problem: Problem, sides: list[Side], residual: Any) -> None:
        self.problem, self.forms, self.sides = problem, problem.reading, sides
        self._residual = problem.ahead.assembler(residual)
        self._share()

    def _share(self) -> None:
        """Find the nodes that lie on several sides, and what is needed to divide their residual."""
        groups: dict[tuple[int, int], list[Side]] = {}
        for side in self.sides:
            groups.setdefault((side.component.index, side.axis), []).append(side)
        for group in groups.values():
            count = Counter(n for side in group for n in side.nodes.tolist())
            for side in group:
                side.shared = np.array([count[n] > 1 for n in side.nodes.tolist()], dtype=bool)
                side.weights = np.zeros(len(side.nodes))
                if self.problem.comm.allreduce(bool(side.shared.any())) and side.sets:
                    side.weights = self._extents(side)[side.nodes]
                    side.flux = [self.problem.ahead.assembler(form) for form in self._through(side)]
            total = Counter[int]()
            for side in group:
                total.update(dict(zip(side.nodes.tolist(), side.weights.tolist(), strict=True)))
            for side in group:
                whole = np.array([total[n] for n in side.nodes.tolist()])
                side.weights = side.weights / np.where(whole > 0, whole, 1.0)

    def values(self) -> Iterator[tuple[Side, float]]:
        """Yield every side with what enters through it now, per time. Collective."""
        for side, found in self.nodal():
            yield side, float(self.problem.comm.allreduce(float(np.sum(found))))

    def nodal(self) -> Iterator[tuple[Side, Any]]:
        """Yield every side with what enters now at each of its nodes on this rank, per time. Collective."""
        residual = self._residual.assemble()
        # By component, axis and node: what the sides' fluxes bring to it.
        direct: list[Any] = []
        brought: dict[tuple[int, int], dict[int, float]] = {}
        for side in self.sides:
            own = np.zeros(len(side.nodes))
            for form in side.flux:
                own = own + _along(form.assemble().dat.data_ro, side.axis)[side.nodes]
            direct.append(own)
            known = brought.setdefault((side.component.index, side.axis), {})
            for node, value in zip(side.nodes.tolist(), own.tolist(), strict=True):
                known[node] = known.get(node, 0.0) + value
        for side, own in zip(self.sides, direct, strict=True):
            component = side.component
            rows = _along(residual.subfunctions[component.index].dat.data_ro, side.axis)[side.nodes]
            rows = rows * float(component.row)
            known = brought[component.index, side.axis]
            left = rows - np.array([known[n] for n in side.nodes.tolist()])
            yield side, np.where(side.shared, own + side.weights * left, rows)

    # ------------------------------------------------------------------ forms on one side

    def _extents(self, side: Side) -> Any:
        """Return the mean square of each node's function over a side."""
        space = side.component.space
        u, v = fd.TrialFunction(space), fd.TestFunction(space)
        inside = is_inside(side.component, side.sets, self.problem.model.mesh)
        where = fd.dS if inside else fd.ds
        measure = where(domain=side.component.mesh, subdomain_id=self.problem.meshes.facet_labels(side.sets))
        square = ufl.inner(u("+"), v("+")) if inside else ufl.inner(u, v)
        return _along(fd.assemble(square * measure, diagonal=True).dat.data_ro, side.axis)

    def _through(self, side: Side) -> Iterator[Any]:
        """Yield forms, whose sum is what enters through a side, tested by the component's own functions."""
        model, mesh = self.problem.model, self.problem.model.mesh
        for block in side.blocks:
            sets = tuple(s for s in side.sets if block in mesh.facet_sets[s].blocks)
            placed = [p for p in model.placed() if p.equation.field is side.component.field and p.block == block]
            for each in placed if sets else ():
                if each.patch is not None:
                    yield from self._entering(side, each, set(sets) & set(each.patch.sets))
                elif each.term.kind == "flux":
                    yield self._flux(side, each.equation, each.term, block, sets)

    def _flux(self, side: Side, balance: Equation, term: Term, block: str, sets: tuple[int, ...]) -> Any:
        """Return the flux into the block through some facets."""
        model, forms, component = self.problem.model, self.forms, side.component
        blocks = model.mesh.facet_sets[sets[0]].blocks
        moving = not balance.on_reference
        if len(blocks) == 1:
            expression, site = model.expand(term.expression, block), Site("ds", component.mesh, {None: block})
        else:
            other = next(b for b in blocks if b != block)
            expression = model.expand(term.expression, block, "minus")
            site = forms.facet_site({"minus": block, "plus": other}, expression, component)
        flux = forms.lower(expression, site, moving=moving)
        normal = forms.lower(model.symbols.n, site, moving=moving)
        entering = flux.map(lambda q, n: -ufl.dot(q, n), normal)
        return self._tested(side, entering, site, self.problem.meshes.facet_labels(sets), moving)

    def _entering(self, side: Side, placed: Placed, sets: set[int]) -> Iterator[Any]:
        """Yield what else enters there, which the residual has already counted as an entry of its own."""
        if sets:
            integral = self.forms.integral(placed)
            labels = integral.labels and self.problem.meshes.facet_labels(tuple(sorted(sets)))
            yield self._tested(side, integral.density.map(neg), integral.site, labels, integral.moving)

    def _tested(self, side: Side, density: Lowered, site: Site, labels: tuple[int, ...], moving: bool) -> Any:
        test = fd.TestFunction(side.component.space)
        inside = site.spans(side.component) and None not in site.sides
        tested = density.map(lambda d: ufl.inner(d, test("+") if inside else test)).seen_by(side.component.mesh)
        return self.forms.integrate(tested, site, labels, moving=moving)


class Reactions(Entering):
    """Reads, off the present state, what enters through each boundary with a fixed value."""

    def __init__(self, problem: Problem) -> None:
        sides: list[Side] = []
        claimed: dict[tuple[int, int], set[int]] = {}
        mesh = problem.model.mesh
        for boundary, component, bc in problem.fixed_parts:
            axis = bc.function_space().component or 0
            own = component.space.dof_dset.size
            # A node between two parts of one boundary may stand twice in its list.
            nodes = np.array([n for n in dict.fromkeys(bc.nodes.tolist()) if n < own], dtype=int)
            taken = claimed.setdefault((component.index, axis), set())
            region = mesh.boundaries.get(boundary) or mesh.interfaces[boundary]
            beside = (s for s in region.sets if set(mesh.facet_sets[s].blocks) & set(component.blocks))
            sets = tuple(s for s in beside if s not in taken)
            taken.update(sets)
            sides.append(Side(boundary, component, axis, nodes, sets, component.blocks))
        super().__init__(problem, sides, problem.residual)


def is_inside(component: Component, sets: tuple[int, ...], mesh: MeshData) -> bool:
    """Whether facets lie inside a component's mesh."""
    return all(
        len(mesh.facet_sets[s].blocks) == 2 and set(mesh.facet_sets[s].blocks) <= set(component.blocks) for s in sets
    )


def _along(rows: Any, axis: int) -> Any:
    """Return the rows of one component of a vector, or those of a scalar as they are."""
    return rows if rows.ndim == 1 else rows[:, axis]
