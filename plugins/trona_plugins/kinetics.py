"""How fast a charge transfer is: the current density as a function of the overpotential."""

from collections.abc import Callable

from trona.plugin import (
    Choice,
    Contribution,
    Expression,
    InterfaceLaw,
    InterfaceOption,
    Number,
    Physics,
    Quantity,
    conditional,
    exp,
    gt,
    sinh,
)
from trona_plugins.sums import CATION_VALENCE, EXCHANGE_CURRENT_FACTOR, MECHANICAL_OVERPOTENTIAL


def butler_volmer(i0: Expression, anodic: Expression, cathodic: Expression) -> Expression:
    """Return i0 [exp(anodic) - exp(-cathodic)]; both exponents are positive where metal dissolves."""
    # As a product: near equilibrium round-off would leave nothing of the difference.
    return 2 * i0 * exp((anodic - cathodic) / 2) * sinh((anodic + cathodic) / 2)


def tafel(i0: Expression, anodic: Expression, cathodic: Expression, driving: Expression) -> Expression:
    """Return the branch of `butler_volmer` that prevails, chosen by the sign of `driving`."""
    return i0 * conditional(gt(driving, 0), exp(anodic), -exp(-cathodic))


def linear(i0: Expression, anodic: Expression, cathodic: Expression) -> Expression:
    """Return the limit of `butler_volmer` for small exponents."""
    return i0 * (anodic + cathodic)


class Kinetics(Physics):
    """Part of `ButlerVolmer`: the exchange current density and the rate law; its symbols are explained there."""

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
        "default the shares of the transfer coefficients, a pure shift of the equilibrium",
        default=None,
        minimum=0,
        maximum=1,
    )
    equilibrium_potential = Quantity("V", "equilibrium potential U", default="0 V", usual=("-10 V", "10 V"))
    kinetics = Choice(("butler_volmer", "tafel", "linear"), "form of the rate law", default="butler_volmer")

    def exchange_current_density(self, model: Contribution, law: InterfaceLaw) -> Expression:
        """Return i0 at the temperature and concentration of the interface, A/m2."""
        R, T = model.constant("molar_gas_constant"), law.plus.field("temperature")
        i0 = self.i0 * exp(-self.activation_energy / R * (1 / T - 1 / self.reference_temperature))
        i0 = i0 * law.sum(EXCHANGE_CURRENT_FACTOR)
        if self.concentration_exponent:
            c = law.plus.field("salt_concentration")
            i0 = i0 * (c / self.reference_concentration) ** self.concentration_exponent
        return i0

    def rate(self, model: Contribution, law: InterfaceLaw, i0: Expression) -> Callable[[Expression], Expression]:
        """Return the current density, A/m2, as a function of the overpotential eta, V."""
        R, F = model.constant("molar_gas_constant"), model.constant("faraday_constant")
        stress, z = law.sum(MECHANICAL_OVERPOTENTIAL), law.plus.sum(CATION_VALENCE)
        f = z * F / (R * law.plus.field("temperature"))
        dissolving, depositing = self.alpha_a * stress, self.alpha_c * stress
        if self.alpha_m is not None:
            dissolving, depositing = (1 - self.alpha_m) * stress, self.alpha_m * stress

        def current(eta: Expression) -> Expression:
            anodic, cathodic = f * (self.alpha_a * eta + dissolving), f * (self.alpha_c * eta + depositing)
            if self.kinetics == "linear":
                return linear(i0, anodic, cathodic)
            if self.kinetics == "tafel":
                return tafel(i0, anodic, cathodic, eta + stress)
            return butler_volmer(i0, anodic, cathodic)

        return current
