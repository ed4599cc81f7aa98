"""Plugins of tests that determine one number over blocks."""

from __future__ import annotations

from trona.plugin import Blocks, Contribution, Physics, Quantity, balance


class Thermostat(Physics):
    """A uniform source s that holds the mean (or integral) of T - T_0 over blocks at a given value.

    div(-k grad T) = s in all blocks of the energy.
    """

    name = "thermostat"
    requires = (balance("energy"),)

    blocks = Blocks("where the mean is taken")
    mean = Quantity("K", "mean of T - T_0", default=None)
    integral = Quantity("K*m^3", "integral of T - T_0", default=None)
    zero = Quantity("K", "T_0", default="300 K")

    def contribute(self, model: Contribution) -> None:
        strength = model.add_global("strength", "W/m^3", "source", scale="1 W/m^3")
        model.balance("energy").source(strength)
        excess = model.field("temperature") - self.zero
        for way, target in model.alternatives({"mean": self.mean, "integral": self.integral}).items():
            model.constrain_integral(strength, self.blocks, excess, target, mean=way == "mean")


class Product(Physics):
    """A uniform source s of heat in blocks that holds there the mean of the temperature times the potential."""

    name = "product"
    requires = (balance("energy"), balance("charge"))

    blocks = Blocks("where the mean is taken, and what is heated")
    mean = Quantity("K*V", "mean of the product")

    def contribute(self, model: Contribution) -> None:
        strength = model.add_global("strength", "W/m^3", "source", scale="1 W/m^3")
        model.balance("energy").source(strength, self.blocks)
        product = model.field("temperature") * model.field("electric_potential")
        model.constrain_integral(strength, self.blocks, product, self.mean, mean=True)


class Gauge(Physics):
    """The volume, and the mean position along the last axis, of each of several blocks and of all of them, now."""

    name = "gauge"

    blocks = Blocks("what is measured")

    def contribute(self, model: Contribution) -> None:
        height = model.position[model.dimension - 1]
        for place in (*((block,) for block in self.blocks), self.blocks):
            named = "_".join(place)
            volume = model.add_global(f"amount_{named}", "m^3", "volume", scale="1 um^3")
            model.constrain_integral(volume, place, 1.0, volume, mean=False)
            middle = model.add_global(f"middle_{named}", "m", "mean position", scale="1 um")
            model.constrain_integral(middle, place, height, middle, mean=True)


class Reservoir(Physics):
    """A number X that relaxes to the mean of a source over blocks: tau dX/dt + X = mean of g."""

    name = "reservoir"

    blocks = Blocks("where the mean is taken")
    source = Quantity("mol/m^3", "g")
    tau = Quantity("s", "time of relaxation")

    def contribute(self, model: Contribution) -> None:
        level = model.add_global("level", "mol/m^3", "level", scale="1 mol/m^3")
        change = self.tau * model.rate("level")
        model.constrain_integral(level, self.blocks, change + level - self.source, 0 * change, mean=True)
