"""Reduction of a dilute species at a metal."""

from trona.plugin import Contribution, InterfaceOption, Number, Physics, Quantity, balance
from trona_plugins.drops import SIDE_REACTION, VOLTAGE
from trona_plugins.sums import METAL_DROP, SIDE_CURRENT


class SpeciesReduction(Physics):
    """A species is reduced where it meets a metal: N = k c, i_p = -n F N.

    N: consumption of the species, mol/m2/s. k: rate constant, m/s; where it is large, diffusion limits the flux. c:
    concentration beside the metal, mol/m3. n: electrons per molecule; 0 for a reaction that takes no charge.
    i_p: current density from the metal into the ion conductor, A/m2, negative: the molecules take electrons from the
    metal and cations from the ion conductor. It counts in the current of the electrode, which is i + i_p; at rest the
    metal dissolves by i = -i_p. F: Faraday constant, C/mol.
    Through a layer of thickness L whose other side is kept at c_0, N = c_0/(L/D + 1/k), at most D c_0/L.
    Source: Newman and Balsara, Electrochemical Systems, 4th ed., chapter 8.
    """

    name = "species_reduction"
    references = ("newman2021electrochemical",)
    requires = (balance("species"), balance("charge"))
    uses = (balance("electronic_charge"), METAL_DROP)
    feeds = (SIDE_CURRENT,)

    interface = InterfaceOption("metal | ion conductor, the metal named first")
    rate = Quantity("m/s", "rate constant k", minimum="0 m/s", usual=("0 m/s", "1e3 m/s"))
    electrons = Number("electrons n per molecule", minimum=0, usual=("0", "8"))

    def contribute(self, model: Contribution) -> None:
        law, species = model.interface(self.interface), model.balance("species")
        consumed = self.rate * law.plus.field("species_concentration")
        current = -self.electrons * model.constant("faraday_constant") * consumed
        electrons = model.balance("electronic_charge") if law.minus.has("electronic_charge") else None
        law.exchange(-consumed, minus=None, plus=species)
        law.exchange(current, minus=electrons, plus=model.balance("charge"))
        law.feed(SIDE_CURRENT, current)
        law.drop(VOLTAGE, SIDE_REACTION, current * law.sum(METAL_DROP))
        law.output_range("species_consumption", consumed, "mol/m^2/s", "consumption of the species", mean=True)
        law.output("parasitic_current_density_mean", current, "A/m^2", "mean current density of the reduction", "mean")
