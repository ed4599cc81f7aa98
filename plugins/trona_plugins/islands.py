"""Islands of a deposit that grow, and that a pressure flattens."""

from math import pi
from typing import Any

from trona.plugin import (
    Balance,
    BoundaryOption,
    Choice,
    Contribution,
    Expression,
    Field,
    Integer,
    Physics,
    Quantity,
    UserError,
    field,
    sqrt,
)
from trona_plugins.power_law import power_law


class Islands(Physics):
    """Islands of metal on a collector under a plate: dv/dt = -i V_m/(z F), dc/dt = c (1 - c) [(1 - a)/v dv/dt + e].

    v: volume of the deposit per area of the collector, m. c: coverage, the share of the collector that is covered, 1.
    h = v/c: height of the islands, m, so that v is kept whatever the shape. i: current density on the collector, A/m2,
    dissolving positive. V_m: molar volume, m3/mol. z: electrons per atom. F: Faraday constant, C/mol.
    a: share of growth that goes upwards: h grows as v^a while c is small and nothing presses; 1/3 keeps the shape.
    1 - c: islands spread into the collector that is left.
    e = A (p/(c S sigma_0))^n: rate at which the pressure flattens an island, 1/s, with A = A_0 exp(-Q/(R T)).
    p: pressure on the collector, Pa, which the islands carry on their tops. sigma_0: reference stress of creep, Pa.
    A_0: prefactor, 1/s. Q: activation energy, J/mol. n: exponent. R, in A: gas constant, J/mol/K. T: temperature, K.
    S: mean pressure on a disc over that for a disc without friction, 1. With `slip: free` S = 1. With `slip: none` the
    disc sticks to collector and plate, S = 1 + s (r/h)^(1 + 1/n): the sum of both limits, of a tall pillar and of the
    squeeze film, where s = 2 n/(3 n + 1) (n + 2)^(1/n) 3^(-(n + 1)/(2 n)).
    r = sqrt(c/(pi N)): radius of an island, m. N: islands per area, 1/m2, which stays.
    The sum is at most 19 % above the mean pressure on a disc that is solved in full: r/h from 0.25 to 12, n = 5.
    Islands are alike. Elastic strains, the metal of the collector and gaps under the plate are left out.
    Source: Leider and Bird, Ind. Eng. Chem. Fundam. 13 (1974) 336, for the squeeze film of a power law; Frost and
    Ashby, Deformation-Mechanism Maps, Pergamon 1982, chapter 2, for creep.
    """

    name = "islands"
    references = ("leider1974squeezing", "frost1982deformation")
    requires = (field("temperature"),)
    provides = (
        Field(
            "deposit",
            "m",
            "volume of the deposit per area of the collector",
            on="boundary",
            kind="surface",
            scale="1 um",
            reference="1 um",
            positive=True,
            usual=("1e-10 m", "1 mm"),
        ),
        Field(
            "coverage",
            "1",
            "share of the collector that is covered",
            on="boundary",
            kind="surface",
            scale="0.1",
            reference="0.1",
            positive=True,
            symbol=r"\vartheta",
        ),
        Balance("deposited", "m/s", "deposit", "volume of the deposit", quantity="deposit"),
        Balance("spreading", "1/s", "coverage", "coverage"),
    )

    boundary = BoundaryOption("boundary that is the collector")
    current_density = Quantity("A/m^2", "current density on the collector, dissolving positive", variables=("t",))
    pressure = Quantity(
        "Pa", "pressure of the plate on the collector", default="0 Pa", minimum="0 Pa", variables=("t",)
    )
    number = Quantity("1/m^2", "islands per area of the collector", above="0 1/m^2")
    slip = Choice(("free", "none"), "whether islands slide on collector and plate or stick to them", default="none")
    upwards = Quantity("1", "share of growth that goes upwards", default="1/3", minimum="0", maximum="1")
    electrons = Integer("electrons per atom", default="1", minimum=1)

    def contribute(self, model: Contribution) -> None:
        if model.steady:
            raise UserError("islands grow over time; give 'time'")
        law, v, c = model.boundary(self.boundary), model.field("deposit"), model.field("coverage")
        carried = self.electrons * model.constant("faraday_constant")
        arriving = -self.current_density * model.property("molar_volume", "m^3/mol") / carried
        A, sigma_0, n = power_law(model, model.constant("molar_gas_constant"), model.field("temperature"))
        height, radius = v / c, sqrt(c / (pi * self.number))
        held = self._held(radius / height, n)
        rate = A * (self.pressure / (c * held * sigma_0)) ** n
        deposited, spreading = model.balance("deposited"), model.balance("spreading")
        deposited.storage(v)
        deposited.source(arriving)
        spreading.storage(c)
        spreading.source((1 - c) * c * (1 - self.upwards) * arriving / v)
        spreading.source((1 - c) * c * rate)
        # A closed film is at rest at 1, which steps in time pass by their error.
        model.expect("coverage", c, "1", "islands cover the collector at 1", maximum="1.001", law=law, hard=True)
        law.output_range("deposit", v, "m", "volume of the deposit per area of the collector", mean=True)
        law.output_range("coverage", c, "1", "share of the collector that is covered", mean=True, symbol=r"\vartheta")
        law.output_range("island_height", height, "m", "height of the islands", mean=True)
        law.output("island_area", c / self.number, "m^2", "mean area of an island", "mean")
        law.output("flattening_rate", rate, "1/s", "rate at which the pressure flattens the islands", "mean")
        law.output("island_constraint", held, "1", "mean pressure over that without friction", "mean")

    def _held(self, flatness: Expression, n: Any) -> Expression | float:
        """Return how many times the pressure without friction it takes to flatten an island."""
        if self.slip == "free":
            return 1.0
        film = 2 * n / (3 * n + 1) * (n + 2) ** (1 / n) * 3 ** (-(n + 1) / (2 * n))
        return 1 + film * flatness ** (1 + 1 / n)
