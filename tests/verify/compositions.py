"""Decks composed at random, and the sum of their terms without any form: by quadrature in plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st
from problems import problem_for
from terms import known_too

from trona.deck import Deck
from trona.model import Registry, compose
from trona.plugin import Blocks, BoundaryOption, Choice, Contribution, InterfaceOption, Physics, Sum, as_vector, balance

if TYPE_CHECKING:
    from trona.problem import Problem

# What these plugins write has no options in it, so that two of them write the same expression.


SHARED_HEAT = Sum("shared_heat", "W/m^3", "heat that others take")


class Bulk(Physics):
    """Adds to the balance of energy in blocks: a source, a loss, a drift, a raw term, or a feed of a shared sum."""

    name = "bulk"
    several = True
    requires = (balance("energy"),)
    blocks = Blocks("where")
    kind = Choice(("source", "loss", "drift", "raw", "feed"), "what")
    feeds = (SHARED_HEAT,)

    def contribute(self, model: Contribution) -> None:
        energy, T = model.balance("energy"), model.field("temperature")
        q, h = model.property("heating", "W/m^3"), model.property("loss", "W/m^3/K")
        match self.kind:
            case "source":
                energy.source(q, self.blocks)
            case "loss":
                energy.source(-h * T, self.blocks)
            case "drift":
                along = as_vector([model.property("drift", "W/m^2/K")] + [0] * (model.dimension - 1))
                energy.flux(T * along, self.blocks)
            case "raw":
                energy.raw(q * model.test(energy), self.blocks)
            case "feed":
                model.feed(SHARED_HEAT, q, self.blocks)


class BulkToo(Bulk):
    """The same of another plugin: a source, a loss, a drift, a raw term, or a feed."""

    name = "bulk_too"


class Shared(Physics):
    """Takes the sum that others feed: as a source, once or twice."""

    name = "shared"
    requires = (balance("energy"),)
    times = Choice(("1", "2"), "how often")
    uses = (SHARED_HEAT,)

    def contribute(self, model: Contribution) -> None:
        for _ in range(int(self.times)):
            model.balance("energy").source(model.sum(SHARED_HEAT))


class Facet(Physics):
    """Adds to the balance of energy at an interface: on one side, on both, or across."""

    name = "facet"
    several = True
    requires = (balance("energy"),)
    interface = InterfaceOption("where")
    kind = Choice(("minus", "plus", "both", "across"), "what")

    def contribute(self, model: Contribution) -> None:
        law, energy = model.interface(self.interface), model.balance("energy")
        h = law.minus.property("transfer", "W/m^2/K")
        below, above = law.minus.field("temperature"), law.plus.field("temperature")
        if self.kind == "across":
            law.exchange(h * (below - above), energy, energy)
        for side in (law.minus, law.plus):
            if self.kind in (side.side, "both"):
                law.source(-h * below / 2, energy, side)


class FacetToo(Facet):
    """The same of another plugin: on one side, on both, or across."""

    name = "facet_too"


class Edge(Physics):
    """Lets heat in through a boundary, as much as a property says, or as the temperature."""

    name = "edge"
    several = True
    requires = (balance("energy"),)
    boundary = BoundaryOption("where")
    kind = Choice(("inflow", "leak"), "what")

    def contribute(self, model: Contribution) -> None:
        h, T = model.property("transfer", "W/m^2/K"), model.field("temperature")
        flux = -h * T if self.kind == "leak" else h * model.property("warmth", "K")
        model.balance("energy").inflow(self.boundary, flux)


class EdgeToo(Edge):
    """The same of another plugin: through a boundary."""

    name = "edge_too"


class Film(Physics):
    """An unknown of an interface with equal terms in its balance, and a number for its mean."""

    name = "film"
    requires = (balance("energy"),)
    interface = InterfaceOption("where")
    times = Choice(("1", "2"), "how often")

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        h = model.add_surface_field(law, "film_temperature", "K", "temperature of a film", "10 K")
        film = model.add_balance("film_energy", "W/m^2", "film_temperature", "energy of a film")
        for _ in range(int(self.times)):
            film.source(law.minus.property("transfer", "W/m^2/K") * (law.minus.field("temperature") - h))
        film.source(-law.plus.property("transfer", "W/m^2/K") * h)


PLUGINS = (Bulk, BulkToo, Shared, Facet, FacetToo, Edge, EdgeToo, Film)


def known() -> Registry:
    return known_too(*PLUGINS)


def material(k: float) -> dict[str, str]:
    """Properties that all these plugins may ask for."""
    return {
        "thermal_conductivity": f"{k} W/m/K",
        "density": f"{1 + k} kg/m^3",
        "specific_heat_capacity": f"{2 + k} J/kg/K",
        "ionic_conductivity": f"{3 + k} S/m",
        "heating": f"{40 * k} W/m^3",
        "loss": f"{k / 7} W/m^3/K",
        "drift": f"{k / 5} W/m^2/K",
        "transfer": f"{k / 3} W/m^2/K",
        "warmth": f"{300 + k} K",
    }


@st.composite
def decks(draw: Any) -> Deck:
    """A deck of two or three layers: plugins, options, equal terms, both sides, and the order all at random."""
    blocks = ["a", "b", "c"][: draw(st.integers(2, 3))]
    kind = draw(st.sampled_from(["line", "line", "line", "plane", "axis", "ball"]))
    heated = blocks[: draw(st.integers(2, len(blocks)))]
    charged = blocks[: draw(st.sampled_from([0, 0, 1, len(blocks)]))]
    interfaces = [f"{x} | {y}" for x, y in pairwise(heated)]
    turned = [*interfaces, *(" | ".join(reversed(i.split(" | "))) for i in interfaces)]

    def several(most: int, **options: Any) -> list[dict[str, Any]]:
        return list(draw(st.lists(st.fixed_dictionaries(options), max_size=most)))

    where = st.lists(st.sampled_from(heated), min_size=1, max_size=len(heated), unique=True)
    physics: dict[str, Any] = {"heat": {"blocks": heated}}
    for name in ("bulk", "bulk_too"):
        physics[name] = several(2, blocks=where, kind=st.sampled_from(["source", "loss", "drift", "raw", "feed"]))
    for name in ("facet", "facet_too"):
        physics[name] = several(
            2, interface=st.sampled_from(turned), kind=st.sampled_from(["minus", "plus", "both", "across"])
        )
    for name in ("edge", "edge_too"):
        physics[name] = several(1, boundary=st.sampled_from(["top"]), kind=st.sampled_from(["inflow", "leak"]))
    if len(heated) < len(blocks):
        physics["edge"] = physics["edge_too"] = []
    physics["thermal_resistance"] = [
        {"interface": i, "R": "0.7 K*m^2/W"} for i in interfaces if draw(st.integers(0, 3)) == 0
    ]
    if kind == "plane" and draw(st.booleans()):
        physics["film"] = [{"interface": i, "times": draw(st.sampled_from("12"))} for i in interfaces]
    if any(entry["kind"] == "feed" for n in ("bulk", "bulk_too") for entry in physics[n]):
        physics["shared"] = {"times": draw(st.sampled_from("12"))}
    boundaries: dict[str, Any] = {"bottom": {"temperature": "300 K"}}
    if len(heated) == len(blocks):
        robin = {"robin": {"temperature": {"coefficient": "2 W/m^2/K", "reference": "310 K"}}}
        boundaries["top"] = draw(st.sampled_from([{}, {"heat_flux": "5 W/m^2"}, robin]))
    if charged:
        physics["ionic_charge"] = {"blocks": charged}
        boundaries["bottom"]["electric_potential"] = "0 V"
        if draw(st.booleans()):
            physics["joule_heating"] = {}
    plain = {
        "mesh": {"layers": [{b: "1 m"} for b in blocks], "cells": 1},
        "materials": {b: material(float(2 + i)) for i, b in enumerate(blocks)},
        "physics": {n: physics[n] for n in draw(st.permutations(sorted(physics))) if physics[n]},
        "boundaries": {n: boundaries[n] for n in draw(st.permutations(sorted(boundaries))) if boundaries[n]},
        "elements": {"order": 1},
    }
    if kind not in ("line", "ball"):
        plain["mesh"] |= {"width": "1 m", "cells_across": 1}
    if kind in ("axis", "ball"):
        plain["mesh"]["coordinates"] = {"axis": "axisymmetric", "ball": "spherical"}[kind]
    if draw(st.integers(0, 2)) == 0:
        plain["time"] = {"end": "1 s", "step": "1 s"}
    return Deck.from_dict(plain)


# ---------------------------------------------------------------------- without any form

_STEP = 1e-30


@dataclass(frozen=True)
class Difference:
    """The largest difference of a composed system from its terms, relative to the size of these; and how many."""

    residual: float
    jacobian: float
    terms: int

    @property
    def worst(self) -> float:
        return max(self.residual, self.jacobian)


def difference(problem: Problem, *, compiled: bool, seed: int = 0) -> Difference:
    """Compare residual and Jacobian, at a random state, with all terms summed up by quadrature, point by point.

    The terms are evaluated as they were declared: without forms, test functions, or the grouping of integrals. The
    derivative along a direction is the imaginary part of the same evaluation.
    compiled: what Newton solves with is assembled; else the composed form is evaluated as it stands, integral by
    integral, which is cheap.
    """
    from interpreted import Interpreter

    from trona.diagnosis.places import Geometry
    from trona.diagnosis.state import Transfer
    from trona.diagnosis.terms import point_terms
    from trona.verify.taylor import Linearised
    from trona.verify.term_sums import randomise

    randomise(problem, None, seed)
    components = problem.unknowns.components
    direction = _direction(problem, seed)
    geometry = Geometry(problem)
    transfer = Transfer(problem, geometry)
    state = transfer.state(problem.unknowns.states)
    moved = state.moved(
        {
            c.index: 1j * _STEP * float(c.scale) * transfer.spread(c, part)
            for c, part in zip(components, direction.subfunctions, strict=True)
        }
    )
    if compiled:
        solved = Linearised(problem)
        rows = solved.residual(free=False), solved.times_jacobian(direction)
        whole = tuple(_spread(transfer, components, found) for found in rows)
    else:
        found = Interpreter(problem, geometry, moved).rows(problem.residual)
        whole = (
            [rows.real for rows in found],
            [
                np.where(transfer.free[c.index], rows.imag / _STEP, 0.0)
                for c, rows in zip(components, found, strict=True)
            ],
        )
    parts = point_terms(problem, geometry)
    sums = [np.zeros(rows.shape, complex) for rows in whole[0]]
    sizes = [np.zeros((2, *rows.shape)) for rows in whole[0]]
    for part in parts:
        i = part.component.index
        own = (1 if part.kind == "constraint" else -1) * part.rows(moved) / float(part.component.row)
        sums[i] += own
        sizes[i] += np.abs([own.real, own.imag / _STEP])
    worst = []
    for number, composed in enumerate(whole):
        apart = 0.0
        for c in components:
            i = c.index
            own = sums[i].real if number == 0 else np.where(transfer.free[i], sums[i].imag / _STEP, 0.0)
            here = transfer.present[i]
            size = max(sizes[i][number][here].max(initial=0.0), np.abs(composed[i][here]).max(initial=0.0))
            apart = max(apart, float(np.abs(composed[i] - own)[here].max(initial=0.0)) / (float(size) or 1.0))
        worst.append(apart)
    return Difference(worst[0], worst[1], len(parts))


def _direction(problem: Problem, seed: int) -> Any:
    """Return a random direction that moves no fixed value."""
    import firedrake as fd

    random, direction = np.random.default_rng(seed + 1), fd.Function(problem.unknowns.space)
    for part in direction.subfunctions:
        part.dat.data[...] = random.uniform(-1, 1, size=part.dat.data.shape)
    for bc in problem.bcs:
        bc.zero(direction)
    return direction


def _spread(transfer: Any, components: Any, rows: list[Any]) -> list[Any]:
    import firedrake as fd

    found = []
    for component, values in zip(components, rows, strict=True):
        function = fd.Function(component.space)
        function.dat.data[...] = values.reshape(function.dat.data.shape)
        found.append(transfer.spread(component, function))
    return found


def problem_of(deck: Deck) -> Problem:
    return problem_for(compose(deck, known()))
