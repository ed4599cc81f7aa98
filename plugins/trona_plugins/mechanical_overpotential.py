"""Stress at an electrode shifts its equilibrium potential."""

from typing import Any

from trona.plugin import Choice, Contribution, Expression, InterfaceLaw, InterfaceOption, Physics, balance
from trona_plugins.drops import STRESS_SHIFT, VOLTAGE
from trona_plugins.sums import CATION_VALENCE, MECHANICAL_OVERPOTENTIAL, REACTION_CURRENT, STRESS


class MechanicalOverpotential(Physics):
    """Overpotential by stress: eta_sigma = (Omega_ion sigma_h,e - Omega_M sigma_M)/(z F), fed to the reaction.

    eta_sigma: mechanical overpotential, V, positive where stress drives dissolution, as under pressure on the metal.
    sigma_M: stress of the metal at the interface, Pa, tension positive: the hydrostatic stress tr(sigma)/3, or with
    `stress: normal` the stress n . sigma n along the normal n of the surface, against which an atom is added. They are
    the same in a fluid. sigma_h,e: hydrostatic stress of the ion conductor, Pa. A side where elasticity is not solved
    counts nothing. Omega_M: molar volume of the metal, m3/mol. Omega_ion: partial molar volume of the ion, m3/mol.
    z: charge number of the cations, an option of `ionic_charge`. F: Faraday constant, C/mol.
    Source: Monroe and Newman, J. Electrochem. Soc. 151 (2004) A880, for the hydrostatic stress; Larche and Cahn, Acta
    Metall. 21 (1973) 1051, for the normal one, to first order in the stress.
    """

    name = "mechanical_overpotential"
    references = ("monroe2004effect", "larche1973linear")
    requires = (balance("momentum"), balance("charge"))
    uses = (CATION_VALENCE, REACTION_CURRENT, STRESS)
    feeds = (MECHANICAL_OVERPOTENTIAL,)

    interface = InterfaceOption("metal | ion conductor, the metal named first")
    stress = Choice(
        ("hydrostatic", "normal"),
        "stress of the metal that counts: hydrostatic, or normal to the surface",
        default="hydrostatic",
    )

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        eta: Any = 0
        if law.plus.has("dilation"):
            volume = law.plus.property("partial_molar_volume", "m^3/mol")
            eta = volume * law.plus.field("hydrostatic_stress")
        if law.minus.has("dilation"):
            eta = eta - law.minus.property("molar_volume", "m^3/mol") * self._of_metal(model, law)
        eta = eta / model.constant("faraday_constant") / law.plus.sum(CATION_VALENCE)
        law.feed(MECHANICAL_OVERPOTENTIAL, eta)
        law.drop(VOLTAGE, STRESS_SHIFT, -law.sum(REACTION_CURRENT) * eta)
        law.output_range("mechanical_overpotential", eta, "V", "mechanical overpotential", symbol=r"\eta_\sigma")

    def _of_metal(self, model: Contribution, law: InterfaceLaw) -> Expression:
        if self.stress == "hydrostatic":
            return law.minus.field("hydrostatic_stress")
        sigma, n, axes = law.minus.sum(STRESS), law.normal, range(model.dimension)
        return sum(sigma[i, j] * n[i] * n[j] for i in axes for j in axes)
