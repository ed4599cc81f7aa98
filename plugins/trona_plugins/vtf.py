"""Properties that follow the Vogel-Tammann-Fulcher law."""

from trona.plugin import Expression, ModelView, PropertyForm, Quantity, exp, sqrt


class VogelTammannFulcher(PropertyForm):
    """Transport property of a liquid or polymer above its glass transition: A T^(-1/2) exp(-B/(T - T_0)).

    B: activation temperature, K. T: temperature, K. T_0: Vogel temperature, at which all motion stops, K. The prefactor
    A follows from `value`, the property at T_ref: A = value sqrt(T_ref) exp(B/(T_ref - T_0)). The law holds only above
    T_0.
    Source: Tammann and Hesse, Z. Anorg. Allg. Chem. 156 (1926) 245; Cohen and Turnbull, J. Chem. Phys. 31 (1959) 1164.
    """

    name = "vtf"

    value = Quantity("1", "the property at the reference temperature")
    activation_temperature = Quantity("K", "B, an activation energy per mole divided by R", minimum="0 K")
    vogel_temperature = Quantity("K", "T_0, some 50 K below the glass transition", minimum="0 K")
    reference_temperature = Quantity("K", "temperature at which the value holds", default="298.15 K", above="0 K")

    def evaluate(self, model: ModelView) -> Expression:
        T, T_0, T_ref = model.field("temperature"), self.vogel_temperature, self.reference_temperature
        return self.value * sqrt(T_ref / T) * exp(-self.activation_temperature * (1 / (T - T_0) - 1 / (T_ref - T_0)))
