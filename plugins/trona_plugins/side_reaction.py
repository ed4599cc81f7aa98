"""A side reaction of the metal, which takes charge from the main one."""

from trona.plugin import (
    Balance,
    Contribution,
    Field,
    InterfaceOption,
    Number,
    Physics,
    Quantity,
    UserError,
    balance,
    exp,
    field,
    max_value,
)
from trona_plugins.drops import SIDE_REACTION, VOLTAGE
from trona_plugins.sums import METAL_DROP, REACTION_CURRENT, SIDE_CURRENT


class SideReaction(Physics):
    """Reduction of the ion conductor at a metal: i_p = -j exp(-alpha F eta/RT)/(1 + delta/L) - s max(-i, 0).

    i_p: current density of the side reaction from the metal into the ion conductor, A/m2, negative. It takes electrons
    from the metal and cations from the ion conductor, so it counts in the current of the electrode, which is i + i_p;
    i: current density of the charge transfer, A/m2, anodic (dissolving) positive. At rest i = -i_p: the metal corrodes.
    j: current density at eta = 0 and without a film, A/m2. eta = phi_s - phi_e - U_p, V; phi_s, phi_e: potentials of
    the metal and of the ions beside it. U_p: potential at which j holds. alpha: transfer coefficient; with alpha = 0,
    the default, j does not depend on the potential. T: temperature at the interface, K.
    s: charge consumed per charge deposited, because deposition makes fresh surface.
    delta: thickness of the film of products, m, with d(delta)/dt = -v i_p; v: its volume per charge, m3/C. L: thickness
    at which diffusion through the film is as slow as the reaction. With L given, delta is an unknown; for a constant j
    and s = 0 it is L [sqrt(1 + 2 j v t/L) - 1].
    The film takes no part of the voltage of the charge transfer.
    Source: Deal and Grove, J. Appl. Phys. 36 (1965) 3770, for the film; Newman and Balsara, Electrochemical Systems,
    4th ed., chapter 8, for the kinetics.
    """

    name = "side_reaction"
    references = ("deal1965general", "newman2021electrochemical")
    requires = (balance("charge"), field("temperature"), REACTION_CURRENT, METAL_DROP)
    uses = (balance("electronic_charge"),)
    feeds = (SIDE_CURRENT,)
    provides = (
        Field(
            "product_thickness",
            "m",
            "thickness of the film of products",
            on="interface",
            kind="surface",
            scale="1 nm",
            when="film_length",
        ),
        Balance("film of products", "m/s", "product_thickness", "volume of the film of products"),
    )

    interface = InterfaceOption("metal | ion conductor, the metal named first")
    j = Quantity(
        "A/m^2",
        "current density of the side reaction without a film",
        minimum="0 A/m^2",
        usual=("0 A/m^2", "1e4 A/m^2"),
    )
    alpha = Number("transfer coefficient; 0: independent of the potential", default="0", minimum=0, usual=("0", "2"))
    potential = Quantity("V", "potential U_p at which j holds", default="0 V", usual=("-10 V", "10 V"))
    fresh_share = Number("charge s consumed per charge deposited", default="0", minimum=0, usual=("0", "1"))
    film_length = Quantity(
        "m", "thickness L of products that halves the rate", default=None, above="0 m", usual=("1e-11 m", "1 mm")
    )
    product_volume = Quantity(
        "m^3/C",
        "volume v of products per charge",
        default="0 m^3/C",
        minimum="0 m^3/C",
        usual=("0 m^3/C", "1e-8 m^3/C"),
    )

    def contribute(self, model: Contribution) -> None:
        if self.film_length is not None and model.steady:
            raise UserError("a film of products grows over time; give 'time'")
        law = model.interface(self.interface)
        rate = self.j
        if self.alpha:
            R, F = model.constant("molar_gas_constant"), model.constant("faraday_constant")
            eta = law.sum(METAL_DROP) - self.potential
            rate = rate * exp(-self.alpha * F * eta / (R * law.plus.field("temperature")))
        if self.film_length is not None:
            rate = rate / (1 + model.field("product_thickness") / self.film_length)
        if self.fresh_share:
            i = law.sum(REACTION_CURRENT)
            rate = rate + self.fresh_share * max_value(-i, 0)
        electrons = model.balance("electronic_charge") if law.minus.has("electronic_charge") else None
        current = -rate
        law.feed(SIDE_CURRENT, current)
        law.exchange(current, minus=electrons, plus=model.balance("charge"))
        law.drop(VOLTAGE, SIDE_REACTION, current * law.sum(METAL_DROP))
        law.output_range("side_current_density", current, "A/m^2", "current density of the side reaction", mean=True)
        if self.film_length is not None:
            delta, film = model.field("product_thickness"), model.balance("film of products")
            film.storage(delta)
            film.source(-self.product_volume * current)
            law.output("product_thickness_mean", delta, "m", "mean thickness of the film of products", "mean")
