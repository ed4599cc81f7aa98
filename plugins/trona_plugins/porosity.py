"""Pores that hold a liquid."""

from trona.plugin import Blocks, Contribution, Physics
from trona_plugins.sums import POROSITY


class Porosity(Physics):
    """Storage of what a liquid in pores has dissolved, per volume of the porous body: s = eps c.

    eps: porosity, the part of the volume that is liquid, 1, a property of the material. c: concentration in the
    liquid, mol/m3. s: amount stored, mol/m3. Fluxes are per area of the whole body; their coefficients are effective
    ones, as by the property form `porous`.
    Source: Newman and Balsara, Electrochemical Systems, 4th ed., chapter 22.
    """

    name = "porosity"
    references = ("newman2021electrochemical",)
    feeds = (POROSITY,)

    blocks = Blocks("porous blocks")

    def contribute(self, model: Contribution) -> None:
        model.feed(POROSITY, model.property("porosity", "1"), self.blocks)
