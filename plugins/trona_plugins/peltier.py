"""Reversible heat of charge transfer."""

from trona.plugin import Choice, Contribution, InterfaceOption, Physics, Quantity, balance
from trona_plugins.sums import REACTION_CURRENT


class Peltier(Physics):
    """Reversible heat of the reaction: q = Pi i, produced at an interface.

    q: heat produced per area, W/m2. Pi: Peltier coefficient, V; with Pi = T dU/dT, q is the heat of the entropy of
    reaction.
    i: reaction current density, A/m2, anodic (dissolving) positive.
    Source: Newman and Balsara, Electrochemical Systems, 4th ed., chapter 13.
    """

    name = "peltier"
    references = ("newman2021electrochemical",)
    requires = (balance("charge"), balance("energy"), REACTION_CURRENT)

    interface = InterfaceOption("metal | ion conductor, the metal named first")
    coefficient = Quantity("V", "Peltier coefficient Pi", usual=("-2 V", "2 V"))
    side = Choice(("ions", "metal"), "the side that receives the heat", default="ions")

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        heat = self.coefficient * law.sum(REACTION_CURRENT)
        law.source(heat, model.balance("energy"), "plus" if self.side == "ions" else "minus")
