"""The sources that make manufactured fields the solution, from the strong form of the declared balances.

Nothing here uses the weak form: fluxes are differentiated as they were declared, their normal components on both
sides of every interface are compared with what the interface laws exchange, and storage is differentiated in time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import firedrake as fd
import ufl
from trona.problem.lower import Site
from trona.verify.exact import ExactLowering, ExactState
from ufl.domain import extract_domains

if TYPE_CHECKING:
    from trona.model.balance import Balance, Term
    from trona.model.interface import InterfaceLaw
    from trona.problem import Problem
    from trona.problem.unknowns import Component


class StrongForm:
    """Builds the form of all manufactured sources; subtracted from the residual it moves the solution to `state`.

    degree: of the quadrature of the sources.
    """

    def __init__(self, state: ExactState, degree: int) -> None:
        self.state, self.degree = state, degree
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
                if balance.field.law is not None:
                    self._on_surface(component, terms)
                    continue
                for block in component.blocks:
                    self._in_block(component, block, [t for t in terms if block in t.blocks])
                for number, facets in enumerate(self.model.mesh.facet_sets):
                    if set(facets.blocks) & set(component.blocks):
                        self._on_facets(component, number, facets.blocks, terms)
        self._constraints()
        return sum(self.parts[1:], self.parts[0])

    # ------------------------------------------------------------------ places

    def _in_block(self, component: Component, block: str, terms: list[Term]) -> None:
        """d(storage)/dt + div(flux) - source."""
        site = Site("dx", component.mesh, {None: block})
        found: list[Any] = []
        moving = self._moves(component)
        for term in terms:
            if term.kind in ("storage", "flux", "source"):
                found.append(self._strong(term, self.model.expand(term.expression, block), site, moving))
            elif term.kind == "raw":
                self._raw(component, site, term, block)
        label = (self.problem.meshes.block_label(block),)
        self._add(found, component, site, label)

    def _moves(self, component: Component) -> bool:
        """Whether the balance of a component is written on the mesh as it moves."""
        balances = (b for b in self.model.balances.values() if b.field is component.field)
        return not any(b.on_reference for b in balances)

    def _strong(self, term: Term, expression: Any, site: Site, moving: bool = True) -> Any:
        lowering = ExactLowering(site, self.state, self.time, moving=moving)
        lowered = lowering.apply(expression)
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
        """Return the divergence by present positions of a flux of the mesh's own components."""
        *outer, inner = ufl.indices(len(flux.ufl_shape))
        traced = lowering.present(ufl.grad(flux))[(*outer, inner, inner)]
        found = ufl.as_tensor(traced, tuple(outer)) if outer else traced
        coordinates = self.model.coordinates
        return (
            found + flux[..., 0] / lowering.apply(coordinates.radius) if coordinates.axisymmetric else found
        )

    def _raw(self, component: Component, site: Site, term: Term, block: str) -> None:
        """What a raw term says cannot be known: its own value at the solution is taken out."""
        expression = self.model.expand(term.expression, block)
        lowered = ExactLowering(site, self.state, self.time, component).apply(expression)
        weight = ExactLowering(site, self.state, self.time).weight()
        lowered = lowered if weight is None else weight * lowered
        self.parts.append(lowered * self._measure(site, (self.problem.meshes.block_label(block),)))

    def _on_facets(
        self, component: Component, number: int, blocks: tuple[str, ...], terms: list[Term]
    ) -> None:
        """-(flux . n, out of every block there) - what boundaries and laws let in."""
        here = [b for b in blocks if b in component.blocks]
        inside = len(here) == 2
        kind = "dS" if inside else "ds"
        mesh = component.mesh
        found: list[Any] = []
        moving = self._moves(component)
        for block in here:
            site = Site(kind, mesh, {None: block})
            for term in terms:
                if term.kind == "flux" and block in term.blocks:
                    flux = self._lower(self.model.expand(term.expression, block), site, moving)
                    outside = Site(kind, mesh, {"minus": block, "plus": ""}) if inside else site
                    normal = self._lower(self.model.symbols.n, outside, moving)
                    found.append(-ufl.dot(flux, normal))
        for term in terms:
            if term.kind == "inflow" and self._is_at(term, number):
                for block in (b for b in here if b in term.blocks):
                    site = Site(kind, mesh, {None: block})
                    found.append(-self._lower(self.model.expand(term.expression, block), site, moving))
            if term.kind == "exchange" and self._is_at(term, number) and term.law is not None:
                law = term.law
                sides: dict[Any, str] = {"minus": law.minus.block, "plus": law.plus.block}
                if sides[term.side] in here:
                    site = Site(kind, mesh, sides, normal_side=None if inside else term.side)
                    found.append(-self._lower(self.model.expand_at(term.expression, law), site, moving))
        self._add(found, component, Site(kind, mesh, {None: here[0]}), (number + 1,))

    def _is_at(self, term: Term, number: int) -> bool:
        mesh = self.model.mesh
        if term.law is not None:
            return number in mesh.interfaces[term.law.key].sets
        region = mesh.boundaries.get(term.boundary) or mesh.interfaces[term.boundary]
        return number in region.sets

    def _on_surface(self, component: Component, terms: list[Term]) -> None:
        law = component.field.law
        assert law is not None
        # One site for all of its terms, since it notes which meshes they see.
        site = Site("dx", component.mesh, {"minus": law.minus.block, "plus": law.plus.block})
        found = [self._strong(t, self.model.expand_at(t.expression, law), site) for t in terms]
        self._add(found, component, site, ())

    def _constraints(self) -> None:
        unknowns = self.problem.unknowns
        for c in self.model.constraints:
            component = unknowns.find(c.multiplier.name)
            site = Site("dx", component.mesh, {"minus": c.law.minus.block, "plus": c.law.plus.block})
            self._add([self._lower(self.model.expand_at(c.residual, c.law), site)], component, site, ())
        for g in self.model.integral_constraints:
            component = unknowns.find(g.unknown.name)
            expression = self.model.expand_at(g.integrand, g.law)
            site = self.problem.forms.interface_site(g.law, expression)
            weight = ExactLowering(site, self.state, self.time).weight()
            share = self.problem.forms.share(g, weight)
            density = self._lower(expression, site) - share * self._lower(g.target, site)
            density = density if weight is None else weight * density
            site.used[component.mesh] = None
            measure = self._measure(site, self._labels(site, g.law.key))
            self.parts.append(ufl.inner(density, unknowns.test(component)) * measure)

    def _labels(self, site: Site, key: str) -> tuple[int, ...]:
        return () if site.kind == "dx" else self.problem.forms.interface_labels(key)

    # ------------------------------------------------------------------ forms

    def _lower(self, expression: Any, site: Site, moving: bool = True) -> Any:
        return ExactLowering(site, self.state, self.time, moving=moving).apply(expression)

    def _add(self, found: list[Any], component: Component, site: Site, labels: tuple[int, ...]) -> None:
        if not found:
            return
        test = self.problem.unknowns.test(component)
        test = test("+") if site.kind == "dS" else test
        density = ufl.inner(sum(found[1:], found[0]), test)
        weight = ExactLowering(site, self.state, self.time, moving=self._moves(component)).weight()
        self.parts.append((density if weight is None else weight * density) * self._measure(site, labels))

    def _measure(self, site: Site, labels: tuple[int, ...]) -> Any:
        return self.problem.forms.measure(site, labels, self.degree)


def normal_flux(state: ExactState, balance: Balance, law: InterfaceLaw) -> float:
    """Return the root mean square of the manufactured flux through an interface, on its minus side, in SI."""
    problem = state.problem
    model, block = problem.model, law.minus.block
    component = problem.unknowns.find(balance.field.name, block)
    site = Site("ds", component.mesh, {None: block})
    time = ufl.variable(problem.inputs.time(0))
    fluxes = [
        ExactLowering(site, state, time).apply(model.expand(t.expression, block))
        for b, t in model.terms()
        if b is balance and t.kind == "flux" and block in t.blocks
    ]
    if not fluxes:
        return 0.0
    through = ufl.dot(sum(fluxes[1:], fluxes[0]), fd.FacetNormal(component.mesh))
    ds = problem.forms.measure(site, problem.forms.interface_labels(law.key))
    return float((fd.assemble(through**2 * ds) / model.mesh.interfaces[law.key].measure) ** 0.5)
