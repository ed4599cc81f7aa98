"""Electric resistance of a contact."""

from trona.plugin import (
    Contribution,
    Expression,
    InterfaceLaw,
    InterfaceOption,
    Physics,
    Quantity,
    Trace,
    UserError,
    balance,
)
from trona_plugins.carriers import CHARGE_BALANCES, carrier_option, charge_in
from trona_plugins.drops import CONTACT, VOLTAGE
from trona_plugins.monitors import ELECTRIC_POWER, ENTROPY_PRODUCTION


class ContactResistance(Physics):
    """Resistance of a contact between two conductors: i = (phi_A - phi_B) / R, with the heat q = i (phi_A - phi_B).

    i: current density from side A to side B, A/m2. phi_A, phi_B: potential of the carriers on the two sides, V, which
    jumps here. R: area-specific resistance, ohm m2. R = 0 leaves the potential continuous, as without this law.
    q: heat produced per area, W/m2. If heat is solved on both sides, A gets the share s and B the rest, 1 - s; if it is
    solved on one side, this side gets all of it. `joule_heating` is only the heat inside the conductors.
    The heat that the carriers transport across the contact (Peltier) is not included.
    Source: Holm, Electric Contacts, 4th ed., Springer 1967, part I.
    """

    name = "contact_resistance"
    references = ("holm1967electric",)
    uses = (*CHARGE_BALANCES, balance("energy"))

    interface = InterfaceOption("where the resistance acts: A | B")
    R = Quantity(
        "ohm*m^2", "area-specific electric resistance", minimum="0 ohm*m^2", usual=("0 ohm*m^2", "1e3 ohm*m^2")
    )
    carrier = carrier_option()
    heat_share = Quantity(
        "1", "share s of the heat that goes to the side named first", default="0.5", minimum="0", maximum="1"
    )

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        charge = charge_in(model, (law.minus.block, law.plus.block), self.carrier, law.name)
        potential = charge.equation.field.name
        jump = law.minus.field(potential) - law.plus.field(potential)
        law.define(
            "potential_jump",
            jump,
            "V",
            "potential of the side named first minus that of the other side",
            symbol=r"\Delta\phi",
        )
        resistance = self.options.values["R"]
        if resistance.is_constant and resistance.constant == 0:
            return
        current = jump / self.R
        law.exchange(current, minus=charge, plus=charge)
        law.monitor(ELECTRIC_POWER, current * jump)
        law.drop(VOLTAGE, CONTACT, current * jump)
        for side, share in self._shares(law):
            law.source(share * current * jump, model.balance("energy"), side)
            law.monitor(ENTROPY_PRODUCTION, share * current * jump / side.field("temperature"))
        law.output(
            "potential_jump_max",
            abs(jump),
            "V",
            "largest jump of the potential",
            "maximum",
            symbol=r"|\Delta\phi|_\mathrm{max}",
        )
        law.output(
            "contact_current", current, "A/m^2", "current through the contact, from the side named first", "integral"
        )
        law.output("contact_heat", current * jump, "W/m^2", "heat of the contact", "integral")

    def _shares(self, law: InterfaceLaw) -> list[tuple[Trace, Expression | float]]:
        """Return the sides on which heat is solved, and the part of the heat that each gets."""
        heated = [side for side in (law.minus, law.plus) if side.has("energy")]
        if len(heated) == 2:
            return [(law.minus, self.heat_share), (law.plus, 1 - self.heat_share)]
        if "heat_share" in self.options.given:
            where = f"only in {heated[0].block}" if heated else "on no side"
            raise UserError(f"heat_share cannot be given here: heat is solved {where} of {law.name}")
        return [(side, 1.0) for side in heated]
