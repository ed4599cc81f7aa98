"""Motion of a metal's surface by what reacts there."""

from trona.plugin import Integer, InterfaceOption, Model, Physics, balance


class Growth(Physics):
    """The surface of a metal moves as metal is deposited or dissolved: v_n = -i V_m/(z F) - creep.

    v_n: velocity along the normal from the metal into the ion conductor, m/s. i: reaction current density, A/m2,
    anodic (dissolving) positive. V_m: molar volume of the metal, m3/mol. z: electrons per atom. F: Faraday constant.
    The metal stays where it is and grows at its surface; what lies beyond is pushed along with it.
    Source: Monroe and Newman, J. Electrochem. Soc. 150 (2003) A1377.
    """

    name = "growth"
    references = ("newman2021electrochemical",)
    requires = (balance("charge"),)

    interface = InterfaceOption("metal | ion conductor, the metal named first")
    electrons = Integer("electrons transferred per atom of metal", default="1", minimum=1)

    def contribute(self, model: Model) -> None:
        law = model.interface(self.interface)
        F = model.constant("faraday_constant")
        current = law.total("reaction current density", "A/m^2")
        volume = law.minus.property("molar_volume", "m^3/mol")
        deposited = -current * volume / (self.electrons * F)
        recession = law.total("surface recession velocity", "m/s")
        velocity = deposited - recession
        law.move(velocity, resting="minus")
        law.output("growth_velocity_mean", velocity, "m/s", "mean velocity of the surface", "mean")
        law.output("growth_velocity_max", velocity, "m/s", "largest velocity of the surface", "maximum")
        law.output("growth_velocity_min", velocity, "m/s", "smallest velocity of the surface", "minimum")
