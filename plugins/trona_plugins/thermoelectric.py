"""The ionic current driven by a temperature gradient."""

from typing import Any

from trona.plugin import Choice, Contribution, Physics, Quantity, UserError, balance, dot, field, grad
from trona_plugins.drops import THERMOELECTRIC, VOLTAGE
from trona_plugins.monitors import ENTROPY_PRODUCTION
from trona_plugins.sums import CATION_VALENCE


class Thermoelectric(Physics):
    """Thermoelectric current of the ions: i_T = -kappa_T grad(T), added to the ionic current with one of two closures.

    `seebeck`, the thermodynamically consistent one: kappa_T = kappa S_ion, with S_ion the Seebeck coefficient, by
    default S_T R T / (z F). With the same S_ion in all layers and an isothermal metal, the potential compensates i_T,
    and the current does not change. i_T is part of the charge balance, so the total current is still the given one.
    `uniform_flux`: kappa_T and dT/dy are constants, so that i_T is the same vector everywhere, along the last
    coordinate. It is part of the total current in blocks, at interfaces and at boundaries: the given current still
    enters, and the ohmic part makes up the rest. This reproduces a published closure and derives from no potential.
    z: charge number of the cations, an option of `ionic_charge`.
    kappa: ionic conductivity, S/m. S_ion: V/K. S_T: Soret coefficient, 1/K. kappa_T: A/m/K. T: temperature, K.
    Neither closure adds Peltier or Thomson heat to the energy balance. Where heat is solved for, `seebeck` counts the
    entropy S_ion i that the current carries in `entropy_production`; `uniform_flux` contributes nothing there.
    Source: de Groot and Mazur, Non-Equilibrium Thermodynamics, chapter 13; uniform_flux: Singla et al. 2026.
    """

    name = "thermoelectric"
    references = ("degroot1984nonequilibrium", "singla2026thermal")
    requires = (balance("charge"), field("temperature"))
    uses = (CATION_VALENCE,)

    closure = Choice(("seebeck", "uniform_flux"), "how the temperature gradient drives the current", default="seebeck")
    seebeck_coefficient = Quantity(
        "V/K",
        "S_ion of all blocks, for seebeck; default S_T R T / (z F) with the soret_coefficient of each block",
        default=None,
    )
    thermoelectric_conductivity = Quantity("A/m/K", "kappa_T, for uniform_flux", default=None, variables=("t",))
    temperature_gradient = Quantity(
        "K/m", "dT/dy along the last coordinate, for uniform_flux", default=None, variables=("t",)
    )

    def contribute(self, model: Contribution) -> None:
        charge = model.balance("charge")
        current = self._uniform(model) if self.closure == "uniform_flux" else self._seebeck(model)
        charge.flux(current)
        kappa = model.property("ionic_conductivity", "S/m")
        charge.drop(VOLTAGE, THERMOELECTRIC, -current / kappa)
        model.define("thermoelectric_current_density", current, "A/m^2", self._text, charge.blocks)

    _text = "ionic current density driven by the temperature gradient"

    def _seebeck(self, model: Contribution) -> Any:
        self._refuse("thermoelectric_conductivity", "temperature_gradient")
        T, S = model.field("temperature"), self.seebeck_coefficient
        if S is None:
            R, F = model.constant("molar_gas_constant"), model.constant("faraday_constant")
            S = model.property("soret_coefficient", "1/K") * R * T / F / model.sum(CATION_VALENCE)
        charge = model.balance("charge")
        if model.has_balance("energy"):
            model.monitor(ENTROPY_PRODUCTION, -dot(charge.total_flux, S * grad(T)) / T, charge.blocks, coupled=True)
        return -model.property("ionic_conductivity", "S/m") * S * grad(T)

    def _uniform(self, model: Contribution) -> Any:
        self._refuse("seebeck_coefficient")
        if self.thermoelectric_conductivity is None or self.temperature_gradient is None:
            raise UserError("uniform_flux needs thermoelectric_conductivity and temperature_gradient")
        return -self.thermoelectric_conductivity * self.temperature_gradient * model.coordinates.direction()

    def _refuse(self, *names: str) -> None:
        for name in names:
            if getattr(self, name) is not None:
                raise UserError(f"{name} cannot be used with the closure {self.closure}")
