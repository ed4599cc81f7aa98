"""Partition of a tracer between two phases."""

from trona.plugin import Contribution, InterfaceOption, Number, Physics, balance


class TracerPartition(Physics):
    """Local equilibrium between two phases: c_A = K c_B, whatever flux that takes.

    c_A, c_B: concentrations on the two sides of the interface A | B, mol/m3. K: partition coefficient.
    Source: Crank, The Mathematics of Diffusion, 2nd ed., chapter 2.
    """

    name = "tracer_partition"
    references = ("crank1975mathematics",)
    requires = (balance("tracer"),)

    interface = InterfaceOption("A | B, the two phases")
    K = Number("partition coefficient c_A / c_B", above=0)

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        excess = law.minus.field("tracer_concentration") - self.K * law.plus.field("tracer_concentration")
        flux = law.constrain(
            excess, "mol/m^3", model.balance("tracer"), "tracer_exchange", f"tracer flux density, {self.interface}"
        )
        law.output("tracer_exchange_mean", flux, "mol/m^2/s", f"mean tracer flux density, {self.interface}", "mean")
