"""The weak form, derived from the declared terms of the balances: integrals over blocks, boundaries, interfaces."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from operator import neg
from typing import TYPE_CHECKING, Any

import firedrake as fd
import ufl

from trona.model.laws import everywhere, extent_of
from trona.model.local_points import local_order
from trona.model.symbols import FieldSymbol
from trona.model.unknown import symbols_in
from trona.problem.collocation import degree_of_points, rule_at_nodes
from trona.problem.kernels import Kernel, share_kernels
from trona.problem.linearity import is_linear
from trona.problem.lower import Lowered, Lowering
from trona.problem.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trona.model import Model
    from trona.model.composition import Placed
    from trona.model.equation import Equation
    from trona.model.laws import Patch
    from trona.model.records import Constraint, IntegralConstraint
    from trona.model.symbols import Side
    from trona.problem.inputs import Inputs
    from trona.problem.meshes import Meshes
    from trona.problem.unknowns import Component, Unknowns


@dataclass(frozen=True, eq=False)
class Integral:
    """`density` integrated over `labels` of a site; positive is what the balance of `component` gains.

    kind: the kind of the term. A flux has a vector density, which acts through the gradient of the test function
    and has no net gain of its own; nor has what passes between cells. moving: whether it is taken over the mesh as it
    moves. side: of its term.
    """

    kind: str
    component: Component
    site: Site
    labels: tuple[int, ...]
    density: Lowered
    plugin: str
    region: str
    moving: bool = True
    side: Side | None = None

    @property
    def vanishes(self) -> bool:
        """Whether it acts through the gradient of a test function that is one number in each cell."""
        return self.kind in ("flux", "jump") and self.component.field.order == 0


class Forms:
    """Builds integrals and forms of a model's balances on its unknowns."""

    def __init__(self, model: Model, meshes: Meshes, unknowns: Unknowns, inputs: Inputs) -> None:
        self.model, self.meshes, self.unknowns, self.inputs = model, meshes, unknowns, inputs

    # ------------------------------------------------------------------ integrals of one term

    def integrals(self, transient: bool) -> list[tuple[Placed, Integral]]:
        """Return the integral of every term at each of its places; storage has none in a steady problem."""
        placed = [p for p in self.model.placed() if transient or p.term.kind != "storage"]
        found = [(p, self.integral(p)) for p in placed]
        return [(p, i) for p, i in found if not (i.kind == "flux" and i.component.points)]  # none runs along a point

    def integral(self, placed: Placed) -> Integral:
        """Return the integral of a term at one of its places."""
        equation, term, patch = placed.equation, placed.term, placed.patch
        component = self.unknowns.find(equation.field.name, placed.block)
        if patch is None:
            points = self.points_of(placed.expression, equation, term.kind == "storage")
            blockwise = len(component.blocks) > 1
            site = Site("dx", component.mesh, {None: placed.block}, blockwise=blockwise, degree=points)
            labels: tuple[int, ...] = (self.meshes.block_label(placed.block),)
        else:
            if placed.between_cells:
                site = Site("dS", component.mesh, dict(patch.sides), between=True)
            else:
                site = self.facet_site(patch.sides, placed.expression, component)
            labels = self.labels(site, patch)
        moving = not equation.on_reference
        if term.kind == "storage":
            density = self._rate(placed.expression, site).map(neg)
        else:
            density = self.lower(placed.expression, site, test=component, moving=moving)
        return Integral(term.kind, component, site, labels, density, term.plugin, placed.region, moving, term.side)

    def lower(
        self, expression: Any, site: Site, level: int = 0, test: Component | None = None, moving: bool = True
    ) -> Lowered:
        """Return an expanded expression at a site and time level, as UFL of the unknowns."""
        return self._lowering(site, level, test, moving=moving).lower(expression)

    def _lowering(self, site: Site, level: int = 0, test: Component | None = None, **how: bool) -> Lowering:
        return Lowering(site, self.unknowns, self.inputs, self.meshes, level, test, **how)

    def _rate(self, expression: Any, site: Site) -> Lowered:
        """Return d(expression)/dt by the backward difference whose coefficients are the inputs' `rates`."""
        # The weights sum to zero. What is linear in the fields may thus be counted from their reference values, which
        # keeps the digits that a small change of a large value would lose.
        # In a mesh that moves, the volume changes too.
        linear = is_linear(expression) and self.model.motion is None
        levels = []
        for level in range(len(self.inputs.rates)):
            lowering = self._lowering(site, level, from_reference=linear)
            value, weight = lowering.apply(expression), None
            if self.model.motion is not None:
                weight = lowering.weight()
            levels.append(lowering.result(value if weight is None else weight * value))

        def difference(*values: Any) -> Any:
            return sum(a * value for a, value in zip(self.inputs.rates, values, strict=True))

        rate = levels[0].map(difference, *levels[1:])
        return rate if self.model.motion is None else rate.map(lambda r, w: r / w, self._weight(site))

    def points_of(self, expression: Any, balance: Equation | None = None, storage: bool = False) -> int | None:
        """Return the degree of the quadrature by the points of the local fields that something depends on.

        None if there are none. What a balance of another field stores needs more points than these: with fewer than
        it has unknowns in a cell, it would not see them all.
        """
        local = balance is not None and balance.field.declaration.element == "local"
        order = balance.field.order if balance is not None and local else None
        if order is None and not storage:
            order = local_order(self.model, expression)
        return None if order is None else degree_of_points(self.model.dimension, order)

    def boundary_labels(self, boundary: str, blocks: tuple[str, ...]) -> tuple[int, ...]:
        """Return the labels of the facets of a boundary (or one-sided interface) that border these blocks."""
        mesh = self.model.mesh
        region = mesh.boundaries.get(boundary) or mesh.interfaces[boundary]
        return self.meshes.facet_labels(tuple(s for s in region.sets if set(mesh.facet_sets[s].blocks) & set(blocks)))

    # ------------------------------------------------------------------ interfaces and boundaries

    def facet_site(self, beside: Mapping[Any, str], expression: Any, *more: Component) -> Site:
        """Return the site of facets beside these blocks: the facet mesh if an unknown lives there, else a boundary."""
        sides = dict(beside)
        involved = list(more)
        for symbol in symbols_in(expression):
            if isinstance(symbol, FieldSymbol):
                involved.append(self.unknowns.find(symbol.name, sides.get(symbol.side, "")))
        for component in involved:
            if component.field.kind == "surface":
                return self.surface_site(component, sides)
        if None in sides:
            homes = [component.mesh for component in involved if component.blocks]
            return Site("ds", homes[0] if homes else self.meshes.parent, sides)
        outer = Site("ds", None, sides)
        for side, block in sides.items():
            for component in involved:
                if block in component.blocks and not outer.spans(component):
                    return Site("ds", component.mesh, sides, normal_side=side)
        for component in involved:
            if component.blocks:
                return Site("dS", component.mesh, sides)
        # Nothing but numbers: any mesh that ends here will do.
        return Site("ds", self.meshes.on((sides["minus"],)), sides, normal_side="minus")

    def site_of(self, patch: Patch, expression: Any) -> Site:
        """Return the site of a patch for an expanded expression: cells of its block, or facets."""
        if not patch.is_block:
            return self.facet_site(patch.sides, expression)
        names = [symbol.name for symbol in symbols_in(expression) if isinstance(symbol, FieldSymbol)]
        homes = [component for name in names if (component := self.unknowns.find(name, patch.block)).blocks]
        mesh, blocks = (homes[0].mesh, homes[0].blocks) if homes else (self.meshes.parent, self.model.mesh.blocks)
        return Site("dx", mesh, dict(patch.sides), blockwise=len(blocks) > 1, degree=self.points_of(expression))

    def surface_site(self, component: Component, sides: Mapping[Any, str]) -> Site:
        """Return the site of where an unknown on an interface or boundary lives: its mesh, or on a line its points."""
        if not component.points:
            return Site("dx", component.mesh, sides)
        own = next(side for side, block in sides.items() if block == component.beside)
        return Site("ds", component.mesh, sides, normal_side=own)

    def constraint_site(self, constraint: Constraint, patch: Patch, component: Component) -> Site:
        """Return the site of a constraint at a patch: where its multiplier lives."""
        site = self.surface_site(component, patch.sides)
        at_nodes = constraint.at_nodes and not component.points
        return replace(site, rule=rule_at_nodes(self.model.dimension - 1, component.field.order)) if at_nodes else site

    def interface_labels(self, key: str) -> tuple[int, ...]:
        """Return the labels of the facets of an interface, by its key in the mesh."""
        return self.meshes.facet_labels(self.model.mesh.interfaces[key].sets)

    def labels(self, site: Site, patch: Patch) -> tuple[int, ...]:
        """Return the labels of a patch on a site; none on a mesh of its own."""
        if patch.is_block:
            return (self.meshes.block_label(patch.block),)
        return () if site.kind == "dx" else self.meshes.facet_labels(patch.sets)

    def constraints(self) -> list[Integral]:
        """Return the integrals of all constraints."""
        found = []
        for c, patch in everywhere(self.model.constraints):
            component = self.unknowns.find(c.multiplier.name, patch.block)
            expression = self.model.expand_at(c.residual, patch)
            site = self.constraint_site(c, patch, component)
            density = self.lower(expression, site)
            labels = self.labels(site, patch)
            found.append(Integral("constraint", component, site, labels, density, c.multiplier.plugin, c.law.name))
        for g in self.model.integral_constraints:
            found += self.held(g)
        return found

    def held(self, g: IntegralConstraint) -> list[Integral]:
        """Return the integrals of the equation that determines a number, one for each patch or block."""
        component = self.unknowns.find(g.unknown.name)
        found = []
        for patch in g.patches:
            expression = self.model.expand_at(g.integrand, patch)
            site = self.site_of(patch, expression)
            share = self._weight(site).map(partial(self.share, g))
            density = share.map(lambda s, e, t: e - s * t, self.lower(expression, site), self.lower(g.target, site))
            labels = self.labels(site, patch)
            found.append(Integral("constraint", component, site, labels, density, g.plugin, g.region))
        return found

    def share(self, constraint: IntegralConstraint, weight: Any) -> Any:
        """Return the part of its target that each unit of weighted size of an integral constraint must give."""
        if constraint.mean:
            return 1.0
        size = extent_of(constraint.patches, self.model.mesh)
        return 1.0 / size if weight is None else 1.0 / (size * weight)

    # ------------------------------------------------------------------ forms

    def integrate(
        self, density: Lowered, site: Site, labels: tuple[int, ...], degree: int | None = None, moving: bool = True
    ) -> Any:
        """Return the integral of a density over some labels of a site, as large as these are in space by now."""
        found = density.map(times, self._weight(site, moving=moving))
        return found.expression * self.measure(site, labels, found.meshes, degree)

    def _weight(self, site: Site, moving: bool = True) -> Lowered:
        """Return what one unit of the mesh's volume (or area) stands for; None where that is itself."""
        lowering = self._lowering(site, moving=moving)
        return lowering.result(None if site.rule is not None else lowering.weight())

    def measure(
        self,
        site: Site,
        labels: tuple[int, ...],
        meshes: Iterable[Any] = (),
        degree: int | None = None,
        rule: Any = None,
    ) -> Any:
        """Return the measure over some labels of a site.

        meshes: those that the integrand needs; besides the site's own, they see it as dx, ds or dS.
        degree: of the quadrature, by default the degree of the model. rule: a quadrature of FInAT's instead, by default
        that of the site.
        """
        others = []
        for mesh in meshes:
            if mesh is site.mesh:
                continue
            if (
                mesh.topological_dimension == site.mesh.topological_dimension and site.kind == "dx"
            ) or mesh.topological_dimension < self.model.dimension:
                kind = "dx"
            else:
                inside = any(c.mesh is mesh and site.spans(c) for c in self.unknowns.components if c.blocks)
                kind = "dS" if inside else "ds"
            others.append(fd.Measure(kind, mesh))
        # Labels are always named, also where they cover the mesh: UFL would fold an integral over everywhere into
        # those over labels, which may see other meshes than it does.
        rule = site.rule if rule is None else rule
        how = (
            {"quadrature_degree": degree or site.degree or self.model.quadrature_degree}
            if rule is None
            else {"quadrature_rule": rule}
        )
        return fd.Measure(
            site.kind,
            domain=site.mesh,
            subdomain_id=labels if labels else "everywhere",
            intersect_measures=tuple(others),
            metadata=how,
        )

    def alone(self, integral: Integral) -> Any:
        """Return the form of one integral, as if there was no other."""
        kernel = self._kernel(integral)
        return kernel.integrand * self.measure(kernel.site, kernel.labels, kernel.meshes)

    def residual(self, transient: bool) -> Any:
        """Return the residual of all balances and constraints: zero at the solution."""
        found = [integral for _, integral in self.integrals(transient)] + self.constraints()
        kernels = share_kernels(map(self._kernel, (each for each in found if not each.vanishes)))
        parts = [k.integrand * self.measure(k.site, k.labels, k.meshes) for k in kernels]
        return sum(parts[1:], parts[0])

    def _kernel(self, integral: Integral) -> Kernel:
        """Return an integral with its test function and the sign that it has in the residual."""
        found = self.tested(integral, self._lowering(integral.site, moving=integral.moving))
        weight = self._weight(integral.site, moving=integral.moving)
        found = found.map(times, weight).seen_by(integral.component.mesh)
        return Kernel(found.expression, integral.site, integral.labels, found.meshes)

    def tested(self, integral: Integral, lowering: Lowering) -> Lowered:
        """Return the density of an integral with its test function, and the sign that it has in the residual."""
        component, site = integral.component, integral.site
        test = self.unknowns.test(component)
        inside = site.spans(component) and None not in site.sides
        tested = test("+") if inside else test
        match integral.kind:
            case "flux":
                slope = lowering.present(ufl.grad(test), along=component.field.kind == "surface")
                # Not ufl.inner of the lowered sum: kept as one product, so that blocks with equal terms merge.
                return integral.density.map(lambda q, slope: -ufl.inner(q, slope), lowering.result(slope))
            case "jump":
                slope = ufl.grad(test)
                if site.between:
                    slope = slope("+" if integral.side == "minus" else "-")
                slope = lowering.present(slope, integral.side)
                return integral.density.map(lambda q, slope: -ufl.inner(q, slope), lowering.result(slope))
            case "facet":
                return integral.density.map(lambda q: ufl.inner(q, test("+") - test("-")))
            case "raw":
                return integral.density
            case "constraint":
                return integral.density.map(lambda d: ufl.inner(d, tested))
            case _:
                return integral.density.map(lambda d: -ufl.inner(d, tested))


def times(density: Any, weight: Any) -> Any:
    """Return a density per unit of the mesh as it was read; no weight is 1."""
    return density if weight is None else weight * density
