"""Thermal resistance of an interface."""

from trona.plugin import Contribution, InterfaceOption, Physics, Quantity, balance
from trona_plugins.monitors import ENTROPY_PRODUCTION


class ThermalResistance(Physics):
    """Interfacial thermal resistance: q = (T_A - T_B) / R, the heat flux from side A to side B.

    T_A, T_B: temperature on the two sides, K, which jumps here. R: area-specific resistance, m2 K/W.
    R = 0 leaves the temperature continuous, as without this law.
    Source: Swartz and Pohl, Rev. Mod. Phys. 61 (1989) 605.
    """

    name = "thermal_resistance"
    references = ("swartz1989thermal",)
    requires = (balance("energy"),)

    interface = InterfaceOption("where the resistance acts")
    R = Quantity("K*m^2/W", "area-specific thermal resistance", minimum="0 K*m^2/W", usual=("0 K*m^2/W", "1 K*m^2/W"))

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        T_A, T_B = law.minus.field("temperature"), law.plus.field("temperature")
        jump = T_A - T_B
        law.define(
            "temperature_jump",
            jump,
            "K",
            "temperature of the side named first minus that of the other side",
            symbol=r"\Delta T",
        )
        resistance = self.options.values["R"]
        if resistance.is_constant and resistance.constant == 0:
            return
        energy = model.balance("energy")
        law.exchange(jump / self.R, minus=energy, plus=energy)
        law.monitor(ENTROPY_PRODUCTION, jump / self.R * jump / (T_A * T_B))
        law.output(
            "temperature_jump_max",
            abs(jump),
            "K",
            "largest temperature jump",
            "maximum",
            symbol=r"|\Delta T|_\mathrm{max}",
        )
