"""Charge carried by ions."""

from trona.plugin import Balance, Blocks, Contribution, Field, Integer, Physics, dot, grad
from trona_plugins.drops import OHMIC, VOLTAGE
from trona_plugins.monitors import ELECTRIC_POWER
from trona_plugins.sums import CATION_VALENCE


class IonicCharge(Physics):
    """Charge balance in ion conductors: div i = 0 with i = -kappa grad(phi).

    phi: electric potential of the ions, V. i: ionic current density, A/m2, positive in the direction of positive
    charge. kappa: ionic conductivity, S/m. The solution is electroneutral, so no charge is stored.
    z: charge number of the cations, 1 for Li and Na, 2 for Mg and Ca. This balance does not depend on z, but the
    physics that count ions or atoms do: salt, reaction, growth, and the shifts of the equilibrium potential.
    Source: Newman and Balsara, Electrochemical Systems, 4th ed., chapter 12.
    """

    name = "ionic_charge"
    references = ("newman2021electrochemical",)
    provides = (
        Field(
            "electric_potential",
            "V",
            "electric potential of the ions",
            scale="25 mV",
            usual=("-10 V", "10 V"),
            symbol=r"\phi",
        ),
        Balance(
            "charge",
            "A/m^3",
            "electric_potential",
            "charge carried by ions",
            quantity="charge",
            inflow="current_density",
            inflow_usual=("-1e6 A/m^2", "1e6 A/m^2"),
            inflow_text="ionic current density that enters through the boundary",
        ),
    )
    feeds = (CATION_VALENCE,)

    blocks = Blocks("blocks that conduct ions")
    cation_valence = Integer("charge number z of the cations", default="1", minimum=1)

    def contribute(self, model: Contribution) -> None:
        phi = model.field("electric_potential")
        kappa = model.property("ionic_conductivity", "S/m")
        charge = model.balance("charge")
        charge.flux(-kappa * grad(phi))
        model.feed(CATION_VALENCE, self.cation_valence, charge.blocks)
        model.monitor(ELECTRIC_POWER, -dot(charge.total_flux, grad(phi)), charge.blocks)
        # Not -grad(phi), which also has what other physics drive the current with.
        charge.drop(VOLTAGE, OHMIC, charge.total_flux / kappa)
        model.define("current_density", charge.total_flux, "A/m^2", "ionic current density", charge.blocks, symbol="j")
