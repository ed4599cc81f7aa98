"""Charge transfer between a metal and an ion conductor."""

from collections.abc import Callable
from functools import partial

from trona.plugin import (
    Account,
    Balance,
    Boolean,
    Choice,
    Contribution,
    Expression,
    Field,
    InterfaceLaw,
    InterfaceOption,
    Number,
    Physics,
    Quantity,
    UserError,
    balance,
    conditional,
    exp,
    field,
    gt,
    sinh,
)
from trona_plugins.monitors import ELECTRIC_POWER, ENTROPY_PRODUCTION
from trona_plugins.sums import (
    CATION_VALENCE,
    EXCHANGE_CURRENT_FACTOR,
    FILM_RESISTANCE,
    MECHANICAL_OVERPOTENTIAL,
    REACTION_CURRENT,
)


class ButlerVolmer(Physics):
    """Charge transfer: i = i0 [exp(alpha_a z F eta/RT) - exp(-alpha_c z F eta/RT)], eta = phi_s - phi_e - U - i R_film.

    A mechanical overpotential eta_sigma, V, which other physics feed at the interface, shifts the equilibrium:
    eta + eta_sigma stands for eta. With alpha_m, the share of eta_sigma that acts on deposition, the exponents are
    [alpha_a eta + (1 - alpha_m) eta_sigma] z F/RT and -[alpha_c eta + alpha_m eta_sigma] z F/RT instead, which is the
    same for alpha_m = alpha_c = 1 - alpha_a.

    i: reaction current density from the metal into the ion conductor, A/m2: anodic (stripping) positive.
    i0: exchange current density, A/m2, with activation energy E: i0 exp(-(E/R)(1/T - 1/T_ref)); with an exponent a
    other than 0 also times (c/c_ref)^a. c: concentration of the salt at the interface, mol/m3.
    z: charge number of the cations, that of `ionic_charge`: electrons of the reaction M -> M^z+ + z e. Authors who
    leave z out of the exponents have it in the transfer coefficients, which are z times as large then.
    phi_s, phi_e: potentials of metal and ions at the interface, V. U: equilibrium potential, V.
    T: temperature at the interface, K, on the side of the ions.
    R_film: resistance of a film of thickness delta and conductivity kappa on the metal, delta/kappa, ohm m2, and of
    films that other physics feed; the current through all equals the reaction current, and eta is an unknown then.
    Factors on i0 that other physics feed multiply it.
    Where `salt` is solved, the reaction feeds it: cations enter with i / (z F) and anions not at all, which is the
    natural condition of that balance.
    Kinetics `tafel` keeps the branch of the sign of eta + eta_sigma alone; `linear` is
    i0 (alpha_a + alpha_c) (eta + eta_sigma) z F/RT, and i0 [(alpha_a + alpha_c) eta + eta_sigma] z F/RT with alpha_m.
    The metal's potential is fixed (`electrode_potential`), the field of `electronic_charge`, or, with
    `mean_current_density` or `total_current`, one unknown number that makes the current the given one. Several of
    these are given together when each is a control of a protocol, whose steps choose.
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
    )
    feeds = (REACTION_CURRENT,)
    provides = (
        Field(
            "electrode_potential",
            "V",
            "potential of the metal",
            kind="global",
            scale="25 mV",
            when=("mean_current_density", "total_current"),
        ),
        Field(
            "reaction_overpotential",
            "V",
            "overpotential behind the film",
            on="interface",
            kind="surface",
            scale="25 mV",
            when=("film_thickness", FILM_RESISTANCE),
        ),
        Balance("film_current", "V", "reaction_overpotential", "potential difference across the film"),
    )

    interface = InterfaceOption("metal | ion conductor, the metal named first")
    i0 = Quantity(
        "A/m^2",
        "exchange current density at the reference temperature",
        above="0 A/m^2",
        usual=("1e-8 A/m^2", "1e7 A/m^2"),
    )
    activation_energy = Quantity(
        "J/mol", "activation energy of the exchange current density", default="0 J/mol", usual=("0 J/mol", "300 kJ/mol")
    )
    reference_temperature = Quantity(
        "K", "temperature at which i0 holds", default="298.15 K", above="0 K", usual=("200 K", "2000 K")
    )
    concentration_exponent = Number(
        "a in i0 (c/c_ref)^a, where c is the concentration of the salt", default="0", usual=("-2", "2")
    )
    reference_concentration = Quantity(
        "mol/m^3",
        "c_ref, at which i0 holds",
        default="1000 mol/m^3",
        above="0 mol/m^3",
        usual=("1 mol/m^3", "1e5 mol/m^3"),
    )
    alpha_a = Number("anodic charge transfer coefficient", default="0.5", minimum=0, usual=("0.01", "2"))
    alpha_c = Number("cathodic charge transfer coefficient", default="0.5", minimum=0, usual=("0.01", "2"))
    alpha_m = Number(
        "share of the mechanical overpotential that acts on deposition, the rest on dissolution; "
        "default as the transfer coefficients have it, a shift of the equilibrium",
        default=None,
        minimum=0,
        maximum=1,
    )
    equilibrium_potential = Quantity("V", "equilibrium potential U", default="0 V", usual=("-10 V", "10 V"))
    kinetics = Choice(("butler_volmer", "tafel", "linear"), "form of the rate law", default="butler_volmer")
    film_thickness = Quantity(
        "m", "thickness of a resistive film on the metal", default=None, above="0 m", usual=("1e-10 m", "1 mm")
    )
    film_conductivity = Quantity(
        "S/m", "ionic conductivity of that film", default=None, above="0 S/m", usual=("1e-16 S/m", "100 S/m")
    )
    electrode_potential = Quantity(
        "V", "fixed potential of the metal", default="0 V", usual=("-10 V", "10 V"), variables=("t",)
    )
    mean_current_density = Quantity(
        "A/m^2",
        "mean reaction current density, anodic positive",
        default=None,
        usual=("-1e6 A/m^2", "1e6 A/m^2"),
        variables=("t",),
    )
    total_current = Quantity(
        "A",
        "total reaction current, anodic positive (in a planar cut: A per metre of depth)",
        default=None,
        variables=("t",),
    )
    reaction_heat = Boolean(
        "heat i*(phi_s - phi_e - U) of reaction and film, produced on the side of the ions", default="false"
    )

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        charge = model.balance("charge")
        if law.minus.has("charge") and not law.minus.has("electronic_charge"):
            raise UserError(
                f"butler_volmer needs a metal on the side named first, and {law.minus.block} conducts ions alone"
            )
        phi_s, electrons = self._electrode(model, law)
        R, F = model.constant("molar_gas_constant"), model.constant("faraday_constant")
        T = law.plus.field("temperature")
        i0 = self.i0 * exp(-self.activation_energy / R * (1 / T - 1 / self.reference_temperature))
        i0 = i0 * law.sum(EXCHANGE_CURRENT_FACTOR)
        if self.concentration_exponent:
            c = law.plus.field("salt_concentration")
            i0 = i0 * (c / self.reference_concentration) ** self.concentration_exponent
        drop = phi_s - law.plus.field("electric_potential") - self.equilibrium_potential
        stress = law.sum(MECHANICAL_OVERPOTENTIAL)
        z = law.plus.sum(CATION_VALENCE)
        rate = partial(self._rate, stress=stress, i0=i0, f=z * F / (R * T))
        films = self._resistance(law)
        eta = drop if films is None else self._behind_films(model, drop, rate, films)
        current = rate(eta)
        law.exchange(current, minus=electrons, plus=charge)
        law.feed(REACTION_CURRENT, current)
        self._control(model, law, current, phi_s)
        if self.reaction_heat:
            law.source(current * drop, model.balance("energy"), "plus")
        law.monitor(ENTROPY_PRODUCTION, current * (drop + stress) / T)
        law.monitor(ELECTRIC_POWER, current * drop)
        self._report(law, current, eta)

    def _rate(self, eta: Expression, stress: Expression, i0: Expression, f: Expression) -> Expression:
        dissolving, depositing = self.alpha_a * stress, self.alpha_c * stress
        if self.alpha_m is not None:
            dissolving, depositing = (1 - self.alpha_m) * stress, self.alpha_m * stress
        if self.kinetics == "linear":
            return i0 * f * ((self.alpha_a + self.alpha_c) * eta + dissolving + depositing)
        anodic, cathodic = f * (self.alpha_a * eta + dissolving), f * (self.alpha_c * eta + depositing)
        if self.kinetics == "tafel":
            return i0 * conditional(gt(eta + stress, 0), exp(anodic), -exp(-cathodic))
        # exp(anodic) - exp(-cathodic) as a product: near equilibrium round-off would leave nothing of the difference.
        return 2 * i0 * exp((anodic - cathodic) / 2) * sinh((anodic + cathodic) / 2)

    def _electrode(self, model: Contribution, law: InterfaceLaw) -> tuple[Expression, Account | None]:
        """Return the potential of the metal and the balance that its electrons belong to, if one is solved."""
        ways = ("electrode_potential", "mean_current_density", "total_current")
        told = {way: getattr(self, way) if way in self.options.given else None for way in ways}
        if law.minus.has("electronic_charge"):
            for way, value in told.items():
                if value is not None:
                    raise UserError(f"{way} has no place here: electronic_charge is solved in {law.minus.block}")
            return law.minus.field("electrode_potential"), model.balance("electronic_charge")
        given = model.alternatives(told, required=False)
        if set(given) <= {"electrode_potential"}:
            return self.electrode_potential, None
        return model.field("electrode_potential"), None

    def _control(self, model: Contribution, law: InterfaceLaw, current: Expression, phi_s: Expression) -> None:
        ways = [
            (current, target, mean)
            for target, mean in ((self.mean_current_density, True), (self.total_current, False))
            if target is not None
        ]
        if ways and "electrode_potential" in self.options.given:
            ways.append((phi_s, self.electrode_potential, True))
        for integrand, target, mean in ways:
            model.constrain_integral(phi_s, law, integrand, target, mean)

    def _resistance(self, law: InterfaceLaw) -> Expression | None:
        """Return the resistance of all films on the metal, None where there are none."""
        others = law.sum(FILM_RESISTANCE) if law.is_fed(FILM_RESISTANCE) else None
        if self.film_thickness is None:
            return others
        if self.film_conductivity is None:
            raise UserError("a film needs film_conductivity besides film_thickness")
        own = self.film_thickness / self.film_conductivity
        return own if others is None else own + others

    def _behind_films(
        self, model: Contribution, drop: Expression, rate: Callable[[Expression], Expression], resistance: Expression
    ) -> Expression:
        """Return the overpotential behind the films, which makes their current and the reaction's equal."""
        eta, kirchhoff = model.field("reaction_overpotential"), model.balance("film_current")
        kirchhoff.source(drop - eta)
        kirchhoff.source(-resistance * rate(eta))
        return eta

    def _report(self, law: InterfaceLaw, current: Expression, eta: Expression) -> None:
        unit, text = "A/m^2", "reaction current density, anodic positive"
        law.define("overpotential", eta, "V", "overpotential of the charge transfer, behind films")
        law.output("theta", current, unit, "largest over smallest reaction current density", "ratio")
        law.output_range("reaction_current_density", current, unit, text, mean=True)
        law.output("overpotential_mean", eta, "V", "mean surface overpotential", "mean")
