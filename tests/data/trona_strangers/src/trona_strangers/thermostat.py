"""A heat source that holds the mean temperature of blocks."""

from trona.plugin import Blocks, Contribution, Physics, Quantity, balance


class Thermostat(Physics):
    """Heat s, the same everywhere in some blocks, that holds their mean temperature: mean of T = T_m.

    s: heat per volume, W/m3, one unknown number; negative where it cools. T: temperature, K. T_m: its mean, K, over the
    volume that the blocks have now. V s, with V this volume, is the power, W.
    Source: Incropera and DeWitt, Fundamentals of Heat and Mass Transfer, 7th ed., section 2.3.
    """

    name = "thermostat"
    references = ("incropera2011fundamentals",)
    requires = (balance("energy"),)

    blocks = Blocks("where it heats, and where the mean is taken")
    mean_temperature = Quantity("K", "mean temperature", above="0 K", variables=("t",))

    def contribute(self, model: Contribution) -> None:
        heating = model.add_global("heating", "W/m^3", "heat that holds the mean temperature", scale="1 MW/m^3")
        model.balance("energy").source(heating, self.blocks)
        temperature = model.field("temperature")
        model.constrain_integral(heating, self.blocks, temperature, self.mean_temperature, mean=True)
        model.output("heating_power", heating, "W/m^3", "power of the heating", "integral", blocks=self.blocks)
