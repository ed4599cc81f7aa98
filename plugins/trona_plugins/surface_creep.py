"""Creep of the surface of a metal, as a velocity: a reduced law."""

from trona.plugin import Contribution, InterfaceOption, Physics, Quantity, balance, conditional, field, gt
from trona_plugins.power_law import power_law
from trona_plugins.sums import RECESSION_VELOCITY


class SurfaceCreep(Physics):
    """Reduced creep of a surface: v = A (p/sigma_0)^n L with A = A_0 exp(-Q/(R T)), the velocity at which it recedes.

    v: velocity opposite to the growth of the metal, m/s. p: pressure, Pa, given or minus the hydrostatic stress of the
    metal at its surface. Tension reverses v: (p/sigma_0)^n means sign(p) (|p|/sigma_0)^n.
    L: length over which the metal is compressed, m, such as the height above the mean surface: positive at peaks, which
    recede, and negative in valleys, which fill. It is a geometric length, not an elastic displacement.
    sigma_0: reference stress, Pa. n: exponent. A_0: prefactor, 1/s. Q: activation energy, J/mol. T: temperature, K.
    The full law in the volume is `creep`; use one of the two.
    Source: Singla et al., J. Mater. Chem. A 2026, doi 10.1039/d5ta09284a, equations 10 to 12, in consistent units.
    """

    name = "surface_creep"
    references = ("singla2026thermal",)
    requires = (balance("charge"), field("temperature"))
    uses = (balance("dilation"),)
    feeds = (RECESSION_VELOCITY,)

    interface = InterfaceOption("metal | ion conductor, the metal named first")
    length = Quantity("m", "length over which the metal is compressed, such as 'y - 50 nm'")
    pressure = Quantity("Pa", "pressure; default the pressure of the metal at its surface", default=None)

    def contribute(self, model: Contribution) -> None:
        law = model.interface(self.interface)
        metal = law.minus
        p = self.pressure if self.pressure is not None else -metal.field("hydrostatic_stress")
        A, sigma_0, n = power_law(metal, model.constant("molar_gas_constant"), law.plus.field("temperature"))
        x = p / sigma_0
        velocity = A * conditional(gt(x, 0), 1, -1) * abs(x) ** n * self.length
        law.feed(RECESSION_VELOCITY, velocity)
        law.output_range("creep_velocity", velocity, "m/s", "velocity at which the surface recedes by creep")
