"""Stress at an electrode shifts its equilibrium potential."""

from typing import Any

from trona.plugin import Contribution, InterfaceOption, Physics, balance
from trona_plugins.sums import CATION_VALENCE, MECHANICAL_OVERPOTENTIAL


class MechanicalOverpotential(Physics):
    """Overpotential by stress: eta_sigma = (Omega_ion sigma_h,e - Omega_M sigma_h,M)/(z F), fed to the reaction.

    eta_sigma: mechanical overpotential, V, positive where stress drives dissolution, as under pressure on the metal.
    sigma_h,M, sigma_h,e: hydrostatic stress of the metal and of the ion conductor at the interface, Pa, tension
    positive; zero on a side where elasticity is not solved. Omega_M: molar volume of the metal, m3/mol.
    Omega_ion: partial molar volume of the ion, m3/mol. z: charge number of the cations, an option of `ionic_charge`. F:
    Faraday constant, C/mol.
    Source: Monroe and Newman, J. Electrochem. Soc. 151 (2004) A880.
    """

    name = "mechanical_overpotential"
    references = ("monroe2004effect",)
    requires = (balance("momentum"), balance("charge"))
    uses = (CATION_VALENCE,)
    feeds = (MECHANICAL_OVERPOTENTIAL,)

    interface = InterfaceOption("metal | ion conductor, the metal named first")

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        eta: Any = 0
        if law.plus.has("dilation"):
            volume = law.plus.property("partial_molar_volume", "m^3/mol")
            eta = volume * law.plus.field("hydrostatic_stress")
        if law.minus.has("dilation"):
            eta = eta - law.minus.property("molar_volume", "m^3/mol") * law.minus.field("hydrostatic_stress")
        eta = eta / model.constant("faraday_constant") / law.plus.sum(CATION_VALENCE)
        law.feed(MECHANICAL_OVERPOTENTIAL, eta)
        law.output_range("mechanical_overpotential", eta, "V", "mechanical overpotential")
