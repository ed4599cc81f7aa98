"""Gas that a side reaction makes: bubbles that grow on an electrode and cover it."""

from math import pi

from trona.plugin import Balance, Contribution, Field, InterfaceOption, Number, Physics, Quantity, UserError, field
from trona_plugins.sums import EXCHANGE_CURRENT_FACTOR, SIDE_CURRENT


class GasBubbles(Physics):
    """Bubbles of gas on an electrode: d/dt [m (2 pi/3) a^3 p/(R T)] = -i_p/(n F), p = p_0 + 2 gamma/a.

    a: radius of each bubble, m, an unknown on the interface. The bubbles are half spheres and keep their places.
    m: bubbles per area, 1/m2. p: pressure of the gas, Pa; p_0: that of the liquid around it. gamma: surface tension of
    the liquid, N/m. R: gas constant. T: temperature, K, on the side of the ions.
    i_p: current density of the side reactions of the metal that make the gas, A/m2, negative. n: electrons per molecule
    of gas. F: Faraday constant, C/mol. All gas stays in the bubbles; none dissolves or leaves.
    theta = m pi a^2: share of the electrode that they cover, 1. The exchange current density is 1 - theta times as
    large. A side reaction needs the free surface as well where its `j` says so, as an expression of `bubble_radius`.
    A run ends where theta exceeds 1.
    Source: Vogt and Balzer, Electrochim. Acta 50 (2005) 2073, for the share that bubbles cover; Faraday's law, the
    ideal gas law and the pressure in a sphere after Laplace.
    """

    name = "gas_bubbles"
    references = ("vogt2005bubble",)
    requires = (SIDE_CURRENT, field("temperature"))
    feeds = (EXCHANGE_CURRENT_FACTOR,)
    provides = (
        Field(
            "bubble_radius",
            "m",
            "radius of the bubbles",
            on="interface",
            kind="surface",
            scale="1 um",
            reference="1 um",
            positive=True,
            usual=("1 nm", "1 cm"),
            symbol="a",
        ),
        Balance("gas", "mol/m^2/s", "bubble_radius", "gas in bubbles", quantity="gas"),
    )

    interface = InterfaceOption("metal | ion conductor, the metal named first")
    density = Quantity("1/m^2", "bubbles m per area", above="0 1/m^2")
    electrons = Number("electrons n per molecule of gas", above=0, usual=("1", "10"))
    pressure = Quantity("Pa", "pressure p_0 of the liquid", above="0 Pa", usual=("1 Pa", "1 GPa"))
    surface_tension = Quantity("N/m", "surface tension gamma of the liquid", default="0 N/m", minimum="0 N/m")

    def contribute(self, model: Contribution) -> None:
        if model.steady:
            raise UserError("bubbles grow over time; give 'time'")
        law = model.interface(self.interface)
        a, gas = model.field("bubble_radius"), model.balance("gas")
        R, F = model.constant("molar_gas_constant"), model.constant("faraday_constant")
        # The pressure times a^3, without a division: bubbles may start small.
        pressed = self.pressure * a**3 + 2 * self.surface_tension * a**2
        amount = 2 / 3 * pi * self.density * pressed / (R * law.plus.field("temperature"))
        made = -law.sum(SIDE_CURRENT) / (self.electrons * F)
        covered = pi * self.density * a**2
        gas.storage(amount)
        gas.source(made)
        law.feed(EXCHANGE_CURRENT_FACTOR, 1 - covered)
        model.expect("bubble_coverage", covered, "1", "bubbles cover the electrode", maximum="1", law=law, hard=True)
        law.output_range("bubble_radius", a, "m", "radius of the bubbles", mean=True, symbol="a")
        law.output_range("bubble_coverage", covered, "1", "share of the electrode that bubbles cover", mean=True)
        law.output("gas_amount_mean", amount, "mol/m^2", "mean amount of gas in bubbles", "mean")
        law.output("gas_rate_mean", made, "mol/m^2/s", "mean rate at which gas is made", "mean")
