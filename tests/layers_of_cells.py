"""Physics of a stranger with discontinuous fields: upwind advection, and diffusion by interior penalty."""

from __future__ import annotations

from typing import Any

from terms import known_too, layered

from trona.deck import Deck
from trona.model import Registry
from trona.plugin import (
    Balance,
    Blocks,
    BoundaryOption,
    Contribution,
    Field,
    ListOf,
    Number,
    Physics,
    Quantity,
    as_vector,
    balance,
    conditional,
    dot,
    field,
    grad,
    gt,
    max_value,
    sqrt,
)


class Tracer(Physics):
    """Stores a tracer: dc/dt = q.

    c: concentration, mol/m3, with values of each cell's own. q: production, mol/m3/s.
    """

    name = "tracer"
    provides = (
        Field("tracer", "mol/m^3", "concentration", element="discontinuous", scale="1 mol/m^3", least_order=0),
        Balance("tracer", "mol/m^3/s", "tracer", "tracer", inflow="tracer_flux", inflow_text="tracer that enters"),
    )

    blocks = Blocks("blocks with tracer")

    def contribute(self, model: Contribution) -> None:
        model.balance("tracer").storage(model.field("tracer"))
        model.output("tracer_least", model.field("tracer"), "mol/m^3", "least", "minimum")
        model.output("tracer_most", model.field("tracer"), "mol/m^3", "most", "maximum")
        model.output("tracer_total", model.field("tracer"), "mol/m^3", "amount", "integral")


class Carried(Physics):
    """The tracer goes with a given velocity: flux = c v, with c of the cell from which it comes.

    v: velocity, m/s, of three components. `outlet`: boundary through which it leaves.
    """

    name = "carried"
    requires = (balance("tracer"),)

    velocity = ListOf(Quantity("m/s", "component"), "velocity")
    outlet = BoundaryOption("boundary at which it leaves", default=None)

    def contribute(self, model: Contribution) -> None:
        tracer, c = model.balance("tracer"), model.field("tracer")
        v = as_vector([model.option_value(part, "carried.velocity") for part in self.velocity[: model.dimension]])
        tracer.flux(c * v)

        def upwind(here: Any, there: Any, n: Any, h: Any) -> Any:
            forward = dot(v, n)
            return forward * conditional(gt(forward, 0), here.field("tracer"), there.field("tracer"))

        tracer.facet_flux(upwind)
        if self.outlet:
            tracer.inflow(self.outlet, -max_value(dot(v, model.normal), 0) * c)


class Spread(Physics):
    """The tracer diffuses by interior penalty: flux = -D grad c, and between cells a mean of it and s D (c - c')/h.

    D: diffusivity, m2/s. s: factor of the penalty. symmetric: whether the jump carries its flux.
    """

    name = "spread"
    requires = (balance("tracer"),)

    penalty = Number("factor of the penalty", default="10")
    symmetric = Number("1: the symmetric method, 0: the incomplete one", default="1")

    def contribute(self, model: Contribution) -> None:
        tracer = model.balance("tracer")
        tracer.flux(-model.property("tracer_diffusivity", "m^2/s") * grad(model.field("tracer")))

        def passed(here: Any, there: Any, n: Any, h: Any) -> Any:
            c, D = here.field("tracer"), here.property("tracer_diffusivity", "m^2/s")
            c_there, D_there = there.field("tracer"), there.property("tracer_diffusivity", "m^2/s")
            mean = -(D * dot(grad(c), n) + D_there * dot(grad(c_there), n)) / 2
            return mean + self.penalty * max_value(D, D_there) / h * (c - c_there)

        def of_jump(here: Any, there: Any, n: Any, h: Any) -> Any:
            D = here.property("tracer_diffusivity", "m^2/s")
            return D * (here.field("tracer") - there.field("tracer")) / 2 * n

        tracer.facet_flux(passed)
        if self.symmetric:
            tracer.jump_flux(of_jump)


class Driven(Physics):
    """The tracer goes with the flow of heat: flux = c v, v = -M grad T; between cells the mean of v, upwind.

    M: mobility, m2/s/K.
    """

    name = "driven"
    requires = (balance("tracer"), field("temperature"))

    mobility = Quantity("m^2/s/K", "mobility")

    def contribute(self, model: Contribution) -> None:
        tracer = model.balance("tracer")
        tracer.flux(-self.mobility * model.field("tracer") * grad(model.field("temperature")))

        def upwind(here: Any, there: Any, n: Any, h: Any) -> Any:
            forward = -self.mobility * dot(grad(here.field("temperature")) + grad(there.field("temperature")), n) / 2
            return forward * conditional(gt(forward, 0), here.field("tracer"), there.field("tracer"))

        tracer.facet_flux(upwind)


class Smeared(Physics):
    """Artificial diffusion of the tracer: flux = -h |v| grad c / 2. v: velocity, m/s. h: size of the cells, m."""

    name = "smeared"
    requires = (balance("tracer"),)

    speed = Quantity("m/s", "speed")

    def contribute(self, model: Contribution) -> None:
        c = model.field("tracer")
        model.balance("tracer").flux(-model.cell_size * sqrt(self.speed**2) / 2 * grad(c))


def with_tracers(*more: type[Physics]) -> Registry:
    """The installed plugins and these."""
    return known_too(Tracer, Carried, Spread, Driven, Smeared, *more)


DIFFUSIVITY = {"a": {"tracer_diffusivity": "2 m^2/s"}, "b": {"tracer_diffusivity": "3 m^2/s"}}
HELD = {"bottom": {"tracer": "1 mol/m^3"}, "top": {"tracer": "3 mol/m^3"}}


def tracers(physics: dict[str, Any], **sections: Any) -> Deck:
    """A deck on two layers with tracer, which diffuses at 2 and 3 m2/s where it does, held at both ends."""
    sections.setdefault("materials", DIFFUSIVITY)
    sections.setdefault("boundaries", HELD)
    return layered({"tracer": {"blocks": ["a", "b"]}, **physics}, **sections)
