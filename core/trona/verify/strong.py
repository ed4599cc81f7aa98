"""The sources for manufactured fields, from the strong form of the declared balances.

The weak form is not used: declared fluxes and storage are differentiated, and the normal components of fluxes on both
sides of every interface are compared with the exchange of the interface laws.
"""

from __future__ import annotations

from dataclasses import replace
from operator import neg
from typing import TYPE_CHECKING, Any

import firedrake as fd
import ufl
from ufl.domain import extract_domains

from trona.model.laws import everywhere, extent_of, facet_sets
from trona.model.unknown import symbols_in
from trona.problem.forms import times
from trona.problem.site import Site
from trona.verify.exact import ExactLowering, ExactState

if TYPE_CHECKING:
    from trona.model.composition import Placed
    from trona.model.equation import Equation, Term
    from trona.model.laws import Law, Patch
    from trona.problem import Problem
    from trona.problem.lower import Lowered
    from trona.problem.unknowns import Component


class StrongForm:
    """Builds the form of all manufactured sources; subtracted from the residual, it makes `state` the solution.

    degree: quadrature degree of the sources. in_time: whether only the error of the time steps is to remain. Sources
    then use the quadrature points of the terms that they replace, and the weak form of fluxes in blocks, so that the
    errors in space cancel.
    """

    def __init__(self, state: ExactState, degree: int, in_time: bool = False) -> None:
        self.state, self.degree, self.in_time = state, degree, in_time
        self.problem: Problem = state.problem
        self.model = self.problem.model
        self.time = ufl.variable(self.problem.inputs.time(0))
        self.parts: list[Any] = []

    def sources(self) -> Any:
        """Return the form of the sources in blocks, at interfaces and boundaries, and in constraints."""
        self.parts = []
        for _, balance in sorted(self.model.balances.items()):
            terms = [t for b, t in self.model.terms() if b is balance]
            for component in self.problem.unknowns.of(balance.field.name):
                if (law := balance.field.law) is not None:
                    patches = (s for s in law.patches if s.block in (component.blocks or ("",)))
                    self._on_surface(component, next(patches), terms)
                    continue
                for block in component.blocks:
                    here = [t for t in terms if block in t.blocks and t.kind not in ("facet", "jump")]
                    self._in_block(balance, component, block, here)
                for number, facets in enumerate(self.model.mesh.facet_sets):
                    if set(facets.blocks) & set(component.blocks):
                        self._on_facets(component, number, facets.blocks, terms)
                for term in terms:
                    if term.kind in ("facet", "jump"):
                        self._between(component, self.model.places_of(balance, term))
        self._constraints()
        return sum(self.parts[1:], self.parts[0])

    # ------------------------------------------------------------------ places

    def _in_block(self, balance: Equation, component: Component, block: str, terms: list[Term]) -> None:
        """d(storage)/dt + div(flux) - source."""
        found: dict[int | None, list[Any]] = {}
        moving = self._moves(component)
        label = (self.problem.meshes.block_label(block),)
        for term in terms:
            expression = self.model.expand(term.expression, block)
            degree = self._points_of(balance, term, expression)
            site = Site("dx", component.mesh, {None: block}, degree=degree)
            if term.kind == "raw":
                self._raw(component, site, term, block)
            elif term.kind == "flux" and self._stays_weak(expression):
                self._weak_flux(component, site, expression, moving, label)
            elif term.kind in ("storage", "flux", "source"):
                found.setdefault(degree, []).append(self._strong(term, expression, site, moving))
        for degree, parts in found.items():
            self._add(parts, component, Site("dx", component.mesh, {None: block}, degree=degree), label)

    def _points_of(self, balance: Equation, term: Term, expression: Any) -> int | None:
        """Return the quadrature degree of a term in a block, if it uses the points of local fields."""
        if self.in_time or balance.field.declaration.element == "local":
            return self.problem.forms.points_of(expression, balance, term.kind == "storage")
        return None

    def _stays_weak(self, flux: Any) -> bool:
        """Whether a flux is subtracted as it is in the weak form: one by the size of the cells jumps between them."""
        return self.in_time or self.model.symbols.h in symbols_in(flux)

    def _weak_flux(
        self, component: Component, site: Site, expression: Any, moving: bool, labels: tuple[int, ...]
    ) -> None:
        lowering = ExactLowering(site, self.state, self.time, moving=moving)
        slope = lowering.present(ufl.grad(self.problem.unknowns.test(component)))
        density = times(-ufl.inner(lowering.apply(expression), slope), lowering.weight())
        self._integrate(lowering.result(density), site, labels)

    def _moves(self, component: Component) -> bool:
        """Whether the balance of a component is on the moving mesh."""
        balances = (b for b in self.model.balances.values() if b.field is component.field)
        return not any(b.on_reference for b in balances)

    def _strong(self, term: Term, expression: Any, site: Site, moving: bool = True) -> Lowered:
        lowering = ExactLowering(site, self.state, self.time, moving=moving)
        return lowering.result(self._density(term, lowering.apply(expression), lowering))

    def _density(self, term: Term, lowered: Any, lowering: ExactLowering) -> Any:
        if term.kind == "flux":
            if not extract_domains(lowered):
                return ufl.zero(*lowered.ufl_shape[:-1])
            return self._divergence(lowered, lowering)
        if term.kind != "storage":
            return -lowered
        if lowering.motion is None:
            return ufl.diff(lowered, self.time)
        size = lowering.weight()
        return ufl.diff(lowered * size, self.time) / size

    def _divergence(self, flux: Any, lowering: ExactLowering) -> Any:
        """Return the divergence, by present coordinates, of a flux in components of the mesh."""
        *outer, inner = ufl.indices(len(flux.ufl_shape))
        along = not lowering.site.is_volume
        traced = lowering.present(ufl.grad(flux), along=along)[(*outer, inner, inner)]
        found = ufl.as_tensor(traced, tuple(outer)) if outer else traced
        coordinates = self.model.coordinates
        if not coordinates.turns:
            return found
        return found + coordinates.turns * flux[..., 0] / lowering.apply(coordinates.radius)

    def _raw(self, component: Component, site: Site, term: Term, block: str) -> None:
        """Subtract the value of a raw term at the solution, because its strong form is unknown."""
        expression = self.model.expand(term.expression, block)
        lowering = ExactLowering(site, self.state, self.time, component)
        density = times(lowering.apply(expression), lowering.weight())
        self._integrate(lowering.result(density), site, (self.problem.meshes.block_label(block),))

    def _on_facets(self, component: Component, number: int, blocks: tuple[str, ...], terms: list[Term]) -> None:
        """-(flux . n, out of every block there) - what boundaries and laws let in."""
        here = [b for b in blocks if b in component.blocks]
        inside = len(here) == 2
        kind = "dS" if inside else "ds"
        mesh = component.mesh
        found: list[Lowered] = []
        moving = self._moves(component)
        for block in here:
            site = Site(kind, mesh, {None: block})
            for term in terms:
                if term.kind != "flux" or block not in term.blocks:
                    continue
                expression = self.model.expand(term.expression, block)
                if not self._stays_weak(expression):
                    flux = self._lower(expression, site, moving)
                    outside = Site(kind, mesh, {"minus": block, "plus": ""}) if inside else site
                    normal = self._lower(self.model.symbols.n, outside, moving)
                    found.append(flux.map(lambda q, n: -ufl.dot(q, n), normal))
        for term in terms:
            if term.kind == "inflow" and self._is_at(term, number):
                entered = [b for b in here if b in term.blocks]
                for patch in self.model.boundary_patches(term.boundary, entered):
                    expression = self.model.expand_at(term.expression, patch)
                    found.append(self._lower(expression, Site(kind, mesh, {None: patch.block}), moving).map(neg))
            if term.kind == "exchange" and self._is_at(term, number) and term.law is not None:
                patch = term.law.patches[0]
                if patch.sides[term.side] in here:
                    site = Site(kind, mesh, dict(patch.sides), normal_side=None if inside else term.side)
                    found.append(self._lower(self.model.expand_at(term.expression, patch), site, moving).map(neg))
        self._add(found, component, Site(kind, mesh, {None: here[0]}), (number + 1,))

    def _between(self, component: Component, places: list[Placed]) -> None:
        """Subtract what the discontinuous fields exchange at the solution.

        Between cells of one block nothing jumps, and the flux is the one that the strong form has already.
        """
        for placed in places:
            if placed.block not in component.blocks or (placed.between_cells and not self.in_time):
                continue
            integral = self.problem.forms.integral(placed)
            lowering = ExactLowering(integral.site, self.state, self.time, moving=integral.moving)
            density = lowering.result(lowering.apply(placed.expression))
            tested = self.problem.forms.tested(replace(integral, density=density), lowering)
            tested = tested.map(times, lowering.result(lowering.weight())).seen_by(component.mesh)
            self._integrate(tested, integral.site, integral.labels)

    def _is_at(self, term: Term, number: int) -> bool:
        mesh = self.model.mesh
        if term.law is not None:
            return number in facet_sets(term.law)
        region = mesh.boundaries.get(term.boundary) or mesh.interfaces[term.boundary]
        return number in region.sets

    def _on_surface(self, component: Component, patch: Patch, terms: list[Term]) -> None:
        forms = self.problem.forms
        site = forms.surface_site(component, patch.sides)
        terms = [t for t in terms if not (t.kind == "flux" and component.points)]  # none runs along a point
        expanded = [(t, self.model.expand_at(t.expression, patch)) for t in terms]
        labels = forms.labels(site, patch)
        self._add([self._strong(t, expression, site) for t, expression in expanded], component, site, labels)
        rim = Site("ds", component.mesh, dict(patch.sides))
        out = [self._over_rim(e, rim) for t, e in expanded if t.kind == "flux"]
        if out:
            through = -sum(out[1:], out[0]) * self.problem.unknowns.test(component)
            where = {"domain": component.mesh, "metadata": {"quadrature_degree": self.degree}}
            self.parts.append(through * fd.ds(**where))
            self.parts.append((through("+") + through("-")) * fd.dS(**where))

    def _over_rim(self, flux: Any, rim: Site) -> Any:
        """Return the flux along facets that leaves each of them across its edges, per reference length."""
        lowering = ExactLowering(rim, self.state, self.time)
        lowered, weight = lowering.apply(flux), lowering.weight()
        if lowering.motion is not None:
            lowered = ufl.dot(ufl.inv(lowering.deformation(lowering._some(None))), lowered)
        return times(ufl.dot(lowered, fd.FacetNormal(rim.mesh)), weight)

    def _constraints(self) -> None:
        unknowns, forms = self.problem.unknowns, self.problem.forms
        for c, patch in everywhere(self.model.constraints):
            component = unknowns.find(c.multiplier.name, patch.block)
            site = forms.constraint_site(c, patch, component)
            found = [self._lower(self.model.expand_at(c.residual, patch), site)]
            self._add(found, component, site, forms.labels(site, patch))
        for g, patch in everywhere(self.model.integral_constraints):
            component = unknowns.find(g.unknown.name)
            expression = self.model.expand_at(g.integrand, patch)
            site = forms.site_of(patch, expression)
            lowering = ExactLowering(site, self.state, self.time)
            weight = lowering.weight()
            missing = lowering.apply(expression) - forms.share(g, weight) * lowering.apply(g.target)
            density = lowering.result(ufl.inner(times(missing, weight), unknowns.test(component)))
            self._integrate(density.seen_by(component.mesh), site, forms.labels(site, patch))

    # ------------------------------------------------------------------ forms

    def _lower(self, expression: Any, site: Site, moving: bool = True) -> Lowered:
        return ExactLowering(site, self.state, self.time, moving=moving).lower(expression)

    def _add(self, found: list[Lowered], component: Component, site: Site, labels: tuple[int, ...]) -> None:
        if not found:
            return
        test = self.problem.unknowns.test(component)
        test = test("+") if site.kind == "dS" else test
        density = found[0].map(lambda first, *more: ufl.inner(sum(more, first), test), *found[1:])
        lowering = ExactLowering(site, self.state, self.time, moving=self._moves(component))
        weight = lowering.weight() if site.rule is None else None
        self._integrate(density.map(times, lowering.result(weight)), site, labels)

    def _integrate(self, density: Lowered, site: Site, labels: tuple[int, ...]) -> None:
        """Add the integral of what is already counted per unit of the mesh as it was read."""
        measure = self.problem.forms.measure(site, labels, density.meshes, site.degree or self.degree)
        self.parts.append(density.expression * measure)


def normal_flux(state: ExactState, balance: Equation, law: Law) -> float:
    """Return the root mean square of the manufactured flux through the region of a law, on its minus side, SI."""
    problem, model = state.problem, state.problem.model
    time, total = ufl.variable(problem.inputs.time(0)), 0.0
    for patch in law.patches:
        block = next(iter(patch.sides.values()))
        component = problem.unknowns.find(balance.field.name, block)
        site = Site("ds", component.mesh, {None: block})
        fluxes = [
            ExactLowering(site, state, time).apply(model.expand(t.expression, block))
            for b, t in model.terms()
            if b is balance and t.kind == "flux" and block in t.blocks
        ]
        if fluxes:
            through = ufl.dot(sum(fluxes[1:], fluxes[0]), fd.FacetNormal(component.mesh))
            ds = problem.forms.measure(site, problem.forms.labels(site, patch))
            total += float(fd.assemble(ufl.inner(through, through) * ds))
    return float((total / extent_of(law.patches, model.mesh)) ** 0.5)
