"""Ohmic heat of the total current."""

from trona.plugin import Contribution, Physics, balance, dot, grad
from trona_plugins.monitors import ENTROPY_PRODUCTION
from trona_plugins.sums import JOULE_HEAT


class JouleHeating(Physics):
    """Ohmic heat of the total current: q = -i . grad(phi).

    i: total current density of a charge balance, A/m2, with the contributions of all plugins. phi: its potential, V.
    q: heat produced, W/m3; for a purely ohmic current it is kappa |grad phi|^2 >= 0.
    Source: Newman and Balsara, Electrochemical Systems, 4th ed., chapter 13.
    """

    name = "joule_heating"
    references = ("newman2021electrochemical",)
    requires = (balance("energy"),)
    uses = (balance("charge"), balance("electronic_charge"), JOULE_HEAT)
    feeds = (JOULE_HEAT,)

    def contribute(self, model: Contribution) -> None:
        energy = model.balance("energy")
        heated: dict[str, None] = {}
        for charge in model.balances_of("charge"):
            phi = charge.field
            blocks = tuple(b for b in charge.blocks if b in energy.blocks)
            heat = -dot(charge.total_flux, grad(phi))
            energy.source(heat, blocks)
            model.feed(JOULE_HEAT, heat, blocks)
            heated |= dict.fromkeys(blocks)
            model.monitor(ENTROPY_PRODUCTION, heat / energy.field, blocks)
        total = model.sum(JOULE_HEAT)
        model.define("joule_heat", total, "W/m^3", "ohmic heat of all currents", tuple(heated), symbol=r"\dot{q}")
