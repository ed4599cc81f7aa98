"""Thermal diffusion of a salt."""

from trona.plugin import Contribution, Physics, balance, field, grad


class Soret(Physics):
    """Thermal diffusion (Soret effect): N = -D S_T c grad(T), added to the flux of the salt.

    c: concentration of the salt, mol/m3. D: salt diffusivity, m2/s. S_T: Soret coefficient, 1/K; a positive one drives
    the salt to the cold side. T: temperature, K. In a closed cell at rest grad(ln c) = -S_T grad(T).
    The current driven by a temperature gradient is `thermoelectric`. The reciprocal effect, heat carried by diffusion
    (Dufour), is not modelled, so this physics adds nothing to `entropy_production`.
    Source: de Groot and Mazur, Non-Equilibrium Thermodynamics, chapter 11.
    """

    name = "soret"
    references = ("degroot1984nonequilibrium",)
    requires = (balance("salt"), field("temperature"))

    def contribute(self, model: Contribution) -> None:
        c, T = model.field("salt_concentration"), model.field("temperature")
        D = model.property("salt_diffusivity", "m^2/s")
        model.balance("salt").flux(-D * model.property("soret_coefficient", "1/K") * c * grad(T))
