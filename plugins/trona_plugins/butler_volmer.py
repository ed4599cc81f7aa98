"""Charge transfer between a metal and an ion conductor."""

from trona.plugin import Boolean, Contribution, Expression, InterfaceLaw, UserError, balance, field
from trona_plugins.drops import CHARGE_TRANSFER, EQUILIBRIUM, FILM, VOLTAGE
from trona_plugins.electrode import ELECTRODE_POTENTIAL, Electrode
from trona_plugins.film import FILM_CURRENT, REACTION_OVERPOTENTIAL, Film
from trona_plugins.kinetics import Kinetics
from trona_plugins.monitors import ELECTRIC_POWER, ENTROPY_PRODUCTION
from trona_plugins.sums import (
    CATION_VALENCE,
    EXCHANGE_CURRENT_FACTOR,
    FILM_RESISTANCE,
    MECHANICAL_OVERPOTENTIAL,
    METAL_DROP,
    REACTION_CURRENT,
    SIDE_CURRENT,
)


class ButlerVolmer(Electrode, Film, Kinetics):
    """Charge transfer: i = i0 [exp(alpha_a z F eta/RT) - exp(-alpha_c z F eta/RT)], eta = phi_s - phi_e - U - i R_film.

    A mechanical overpotential eta_sigma, V, which other physics feed at the interface, shifts the equilibrium: eta is
    replaced by eta + eta_sigma. With alpha_m, the share of eta_sigma that acts on deposition, the exponents are
    [alpha_a eta + (1 - alpha_m) eta_sigma] z F/RT and -[alpha_c eta + alpha_m eta_sigma] z F/RT instead; the two agree
    for alpha_m = alpha_c = 1 - alpha_a.

    i: reaction current density from the metal into the ion conductor, A/m2, anodic (stripping) positive.
    i0: exchange current density, A/m2, with activation energy E: i0 exp(-(E/R)(1/T - 1/T_ref)); with a non-zero
    exponent a also times (c/c_ref)^a. c: concentration of the salt at the interface, mol/m3.
    z: charge number of the cations, an option of `ionic_charge`: the number of electrons in M -> M^z+ + z e. Authors
    who leave z out of the exponents include it in the transfer coefficients, which are then z times as large.
    phi_s, phi_e: potentials of metal and ions at the interface, V. U: equilibrium potential, V.
    T: temperature at the interface, K, on the side of the ions.
    R_film: resistance of a film of thickness delta and conductivity kappa on the metal, delta/kappa, ohm m2, and of
    films that other physics feed; the current through all of them equals the reaction current, and eta is then an
    unknown.
    Factors on i0 that other physics feed multiply it.
    Where `salt` is solved, the reaction feeds it: cations enter with i / (z F) and anions not at all, which is the
    natural condition of that balance.
    Kinetics `tafel` keeps only the branch for the sign of eta + eta_sigma; `linear` is i0 (alpha_a + alpha_c) (eta +
    eta_sigma) z F/RT, and i0 [(alpha_a + alpha_c) eta + eta_sigma] z F/RT with alpha_m.
    The potential of the metal is fixed (`electrode_potential`), the field of `electronic_charge`, or, with
    `mean_current_density` or `total_current`, one unknown number for which the current, with that of side reactions,
    is the given one. Several of these may be given if each is a control of a protocol, whose steps choose between them.
    Source: Newman and Balsara, Electrochemical Systems, 4th ed., chapter 8.
    """

    name = "butler_volmer"
    references = ("newman2021electrochemical",)
    requires = (balance("charge"), field("temperature"))
    uses = (
        balance("electronic_charge"),
        balance("energy"),
        balance("salt"),
        CATION_VALENCE,
        MECHANICAL_OVERPOTENTIAL,
        EXCHANGE_CURRENT_FACTOR,
        FILM_RESISTANCE,
        SIDE_CURRENT,
    )
    feeds = (REACTION_CURRENT, METAL_DROP)
    provides = (ELECTRODE_POTENTIAL, REACTION_OVERPOTENTIAL, FILM_CURRENT)

    reaction_heat = Boolean(
        "heat i*(phi_s - phi_e - U) of reaction and film, produced on the side of the ions", default="false"
    )

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        charge = model.balance("charge")
        if law.minus.has("charge") and not law.minus.has("electronic_charge"):
            raise UserError(
                f"butler_volmer needs a metal on the side named first, but {law.minus.block} conducts only ions"
            )
        phi_s, electrons = self.electrode(model, law)
        i0 = self.exchange_current_density(model, law)
        across = phi_s - law.plus.field("electric_potential")
        drop = across - self.equilibrium_potential
        rate = self.rate(model, law, i0)
        eta = self.behind_films(model, law, drop, rate)
        current = rate(eta)
        law.exchange(current, minus=electrons, plus=charge)
        law.feed(REACTION_CURRENT, current)
        law.feed(METAL_DROP, across)
        total = current + law.sum(SIDE_CURRENT) if law.is_fed(SIDE_CURRENT) else current
        self.control(model, law, total, phi_s)
        if self.reaction_heat:
            law.source(current * drop, model.balance("energy"), "plus")
        stress, T = law.sum(MECHANICAL_OVERPOTENTIAL), law.plus.field("temperature")
        law.monitor(ENTROPY_PRODUCTION, current * (drop + stress) / T)
        law.monitor(ELECTRIC_POWER, current * drop)
        if electrons is None:
            law.end(VOLTAGE, phi_s)
        law.drop(VOLTAGE, EQUILIBRIUM, current * self.equilibrium_potential)
        law.drop(VOLTAGE, CHARGE_TRANSFER, current * (eta + stress))
        if eta is not drop:
            law.drop(VOLTAGE, FILM, current * (drop - eta))
        self._report(law, current, eta)

    def _report(self, law: InterfaceLaw, current: Expression, eta: Expression) -> None:
        unit, text = "A/m^2", "reaction current density, anodic positive"
        law.define("overpotential", eta, "V", "overpotential of the charge transfer, behind films", symbol=r"\eta")
        law.output("theta", current, unit, "largest over smallest reaction current density", "ratio", symbol=r"\theta")
        law.output_range("reaction_current_density", current, unit, text, mean=True, symbol=r"j_\mathrm{r}")
        law.output("overpotential_mean", eta, "V", "mean surface overpotential", "mean", symbol=r"\eta_\mathrm{mean}")
