"""Heat conduction and storage."""

from trona.plugin import Balance, Blocks, Contribution, Field, Physics, dot, grad, sqrt
from trona_plugins.monitors import ENTROPY_PRODUCTION


class Heat(Physics):
    """Energy balance: d(rho c_p (T - T_0))/dt = div(k grad T) + sources.

    T: temperature, K. k: thermal conductivity, W/m/K. rho: density, kg/m3. c_p: specific heat capacity at
    constant pressure, J/kg/K, taken as constant in time. T_0 drops out.
    Source: Bird, Stewart and Lightfoot, Transport Phenomena, 2nd ed., chapter 11.
    """

    name = "heat"
    references = ("bird2007transport",)
    provides = (
        Field(
            "temperature",
            "K",
            "absolute temperature",
            scale="1 K",
            reference="298.15 K",
            positive=True,
            usual=("150 K", "2000 K"),
            symbol="T",
        ),
        Balance(
            "energy",
            "W/m^3",
            "temperature",
            "thermal energy",
            quantity="energy",
            inflow="heat_flux",
            inflow_usual=("-1e9 W/m^2", "1e9 W/m^2"),
            inflow_text="heat flux that enters through the boundary",
        ),
    )

    blocks = Blocks("blocks that conduct heat")

    def contribute(self, model: Contribution) -> None:
        T = model.field("temperature")
        energy = model.balance("energy")
        energy.storage(model.property("density", "kg/m^3") * model.property("specific_heat_capacity", "J/kg/K") * T)
        k = model.property("thermal_conductivity", "W/m/K")
        if not model.steady:
            stored = model.property("density", "kg/m^3") * model.property("specific_heat_capacity", "J/kg/K")
            spread = sqrt(k / stored * model.time)
            model.expect_length("the length over which heat spreads in the whole run", spread, energy.blocks)
        conduction = -k * grad(T)
        energy.flux(conduction)
        model.monitor(ENTROPY_PRODUCTION, -dot(conduction, grad(T)) / T**2, energy.blocks)
        model.define("temperature_gradient", grad(T), "K/m", "temperature gradient", energy.blocks, symbol=r"\nabla T")
        for i, axis in enumerate(model.coordinates.axes):
            text = f"slope of the temperature along {axis}, with its sign"
            model.define(
                f"temperature_gradient_{axis}",
                grad(T)[i],
                "K/m",
                text,
                energy.blocks,
                symbol=rf"\partial T/\partial {axis}",
            )
        model.define("heat_flux", energy.total_flux, "W/m^2", "heat flux", energy.blocks, symbol="q")
        steepness = sqrt(dot(grad(T), grad(T)))
        model.output(
            "temperature_gradient_max",
            steepness,
            "K/m",
            "largest temperature gradient",
            "maximum",
            symbol=r"|\nabla T|_\mathrm{max}",
        )
        model.output("temperature_max", T, "K", "highest temperature", "maximum", symbol=r"T_\mathrm{max}")
        model.output("temperature_min", T, "K", "lowest temperature", "minimum", symbol=r"T_\mathrm{min}")
