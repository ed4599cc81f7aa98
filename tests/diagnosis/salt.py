"""A physics for tests: a salt that diffuses and reacts, with laws that have no value at or below zero."""

from __future__ import annotations

from dataclasses import replace

from trona.model import registry
from trona.model.registry import Registry
from trona.plugin import Balance, Blocks, Boolean, Contribution, Field, Physics, Quantity, conditional, grad, gt, ln


class Salt(Physics):
    """dc/dt = div(D grad c) + k c^2 - r ln(c/c_0), where asked for with a kink at c_0."""

    name = "salt"
    provides = (
        Field("concentration", "mol/m^3", "concentration of salt", scale="1 mol/m^3", positive=True),
        Balance("salt", "mol/m^3/s", "concentration", "salt", inflow="salt_flux", inflow_text="salt that enters"),
    )
    blocks = Blocks("where")
    rate = Quantity("mol/m^3/s", "r", default="0 mol/m^3/s")
    growth = Quantity("m^3/mol/s", "k", default="0 m^3/mol/s")
    reference = Quantity("mol/m^3", "c_0", default="1 mol/m^3")
    kink = Boolean("double r above c_0", default="false")
    hard = Boolean("end the run beyond 5 M", default="false")

    def contribute(self, model: Contribution) -> None:
        c, salt = model.field("concentration"), model.balance("salt")
        salt.storage(c)
        salt.flux(-model.property("diffusivity", "m^2/s") * grad(c))
        factor = conditional(gt(c, self.reference), 2, 1) if self.kink else 1
        salt.source(self.growth * c * c)
        if "rate" in self.options.given:
            salt.source(-factor * self.rate * ln(c / self.reference))
        model.expect("concentration", c, "mol/m^3", "data up to 5 M", maximum="5 mol/l", hard=self.hard)


def with_salt() -> Registry:
    known = registry()
    return replace(known, physics={**known.physics, "salt": Salt})
