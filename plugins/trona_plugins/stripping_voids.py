"""Stripping leaves vacancies at the surface of a metal, which loses contact."""

from trona.plugin import (
    Choice,
    Contribution,
    Expression,
    InterfaceLaw,
    InterfaceOption,
    Physics,
    Quantity,
    UserError,
    balance,
    max_value,
    min_value,
)
from trona_plugins.sums import CATION_VALENCE, EXCHANGE_CURRENT_FACTOR, METAL_DROP, REACTION_CURRENT


class StrippingVoids(Physics):
    """Vacancies that stripping leaves in a metal: J = f i V_m/(z F), and the contact that is left, 1 - x.

    J: flux of vacancies per site into the metal at its surface, m/s; plating, i < 0, takes them. i: current density of
    the charge transfer, A/m2, anodic (dissolving) positive. V_m: molar volume of the metal, m3/mol. z: charge number of
    the cations, an option of `ionic_charge`. F: Faraday constant, C/mol.
    f: share of the atoms that leave a vacancy behind: all of them; with `injection: rising`, r, which rises with the
    overpotential; with `injection: falling`, 1 - r, as printed in the source. r = eta/eta_c, between 0 and 1.
    eta = phi_s - phi_e - U: overpotential, V; phi_s, phi_e: potentials of the metal and of the ions beside it; U:
    equilibrium potential, V. eta_c: critical overpotential, V.
    x: fraction of sites at the surface that are vacant, 1. The exchange current density is 1 - x times as large. A run
    ends where x exceeds 1: no contact is left that could carry the current.
    The surface does not move.
    Source: Krauskopf et al., ACS Appl. Mater. Interfaces 11 (2019) 14463, for vacancies that stripping leaves; Oh et
    al., RSC Appl. Interfaces 2026, 10.1039/d5lf00305a, eq. 7, for their share, which has to rise with eta by its text.
    """

    name = "stripping_voids"
    references = ("krauskopf2019toward",)
    requires = (balance("vacancies"), balance("charge"), REACTION_CURRENT, METAL_DROP)
    uses = (CATION_VALENCE,)
    feeds = (EXCHANGE_CURRENT_FACTOR,)

    interface = InterfaceOption("metal | ion conductor, the metal named first")
    injection = Choice(
        ("all", "rising", "falling"), "how the share f depends on the overpotential; falling: as printed", default="all"
    )
    critical_overpotential = Quantity("V", "critical overpotential eta_c", default=None, above="0 V")
    equilibrium_potential = Quantity("V", "equilibrium potential U of the reaction", default="0 V")

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        if not law.minus.has("vacancies"):
            raise UserError(f"{law.minus.block} has no vacancies; name the metal first, with its vacancies solved")
        z, F = law.plus.sum(CATION_VALENCE), model.constant("faraday_constant")
        volume = law.minus.property("molar_volume", "m^3/mol")
        entering = self._share(law) * law.sum(REACTION_CURRENT) * volume / (z * F)
        law.source(entering, model.balance("vacancies"), "minus")
        contact = 1 - law.minus.field("vacancy_fraction")
        law.feed(EXCHANGE_CURRENT_FACTOR, contact)
        model.expect("contact_share", contact, "1", "vacancies take the whole surface", minimum="0", law=law, hard=True)
        spent = "plating takes more vacancies than there are"
        model.expect("contact_share", contact, "1", spent, maximum="1", law=law)
        law.output_range("contact_share", contact, "1", "share of sites of the surface with an atom", mean=True)
        law.output("vacancy_injection_mean", entering, "m/s", "mean flux of vacancies per site into the metal", "mean")

    def _share(self, law: InterfaceLaw) -> Expression | float:
        """Return the share of the atoms that leave a vacancy behind."""
        if (self.injection == "all") != (self.critical_overpotential is None):
            raise UserError("give critical_overpotential with 'injection: rising' or 'falling', and only then")
        if self.critical_overpotential is None:
            return 1.0
        eta = law.sum(METAL_DROP) - self.equilibrium_potential
        rising = min_value(max_value(eta / self.critical_overpotential, 0), 1)
        return rising if self.injection == "rising" else 1 - rising
