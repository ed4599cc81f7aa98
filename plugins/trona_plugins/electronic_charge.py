"""Charge carried by electrons in a metal."""

from trona.plugin import Balance, Blocks, Contribution, Field, Physics, dot, grad
from trona_plugins.drops import OHMIC, VOLTAGE
from trona_plugins.monitors import ELECTRIC_POWER


class ElectronicCharge(Physics):
    """Charge balance in electron conductors: div i_s = 0 with i_s = -sigma grad(phi_s).

    phi_s: electrode potential, V. i_s: electronic current density, A/m2, positive in the direction of positive charge.
    sigma: electronic conductivity, S/m.
    Source: Newman and Balsara, Electrochemical Systems, 4th ed., chapter 22.
    """

    name = "electronic_charge"
    references = ("newman2021electrochemical",)
    provides = (
        Field(
            "electrode_potential",
            "V",
            "electric potential of the electrons",
            scale="25 mV",
            usual=("-10 V", "10 V"),
            symbol=r"\phi_\mathrm{e}",
        ),
        Balance(
            "electronic_charge",
            "A/m^3",
            "electrode_potential",
            "charge carried by electrons",
            quantity="charge",
            inflow="electronic_current_density",
            inflow_usual=("-1e9 A/m^2", "1e9 A/m^2"),
            inflow_text="electronic current density that enters",
        ),
    )

    blocks = Blocks("blocks that conduct electrons")

    def contribute(self, model: Contribution) -> None:
        phi_s = model.field("electrode_potential")
        sigma = model.property("electronic_conductivity", "S/m")
        charge = model.balance("electronic_charge")
        charge.flux(-sigma * grad(phi_s))
        model.monitor(ELECTRIC_POWER, -dot(charge.total_flux, grad(phi_s)), charge.blocks)
        charge.drop(VOLTAGE, OHMIC, charge.total_flux / sigma)
        model.define(
            "electronic_current_density",
            charge.total_flux,
            "A/m^2",
            "electronic current density",
            charge.blocks,
            symbol=r"j_\mathrm{e}",
        )
