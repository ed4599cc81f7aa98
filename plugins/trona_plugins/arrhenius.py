"""Properties that follow the Arrhenius law."""

from trona.plugin import Expression, ModelView, PropertyForm, Quantity, exp


class Arrhenius(PropertyForm):
    """Thermally activated property: value * exp(-(E/R) (1/T - 1/T_ref)).

    E: activation energy, J/mol. T: temperature, K. T_ref: temperature at which the property is `value`, K.
    Source: IUPAC Compendium of Chemical Terminology (Gold Book), Arrhenius equation.
    """

    name = "arrhenius"

    value = Quantity("1", "the property at the reference temperature")
    activation_energy = Quantity("J/mol", "activation energy", usual=("-300 kJ/mol", "300 kJ/mol"))
    reference_temperature = Quantity(
        "K", "temperature at which the value holds", default="298.15 K", above="0 K", usual=("150 K", "2000 K")
    )

    def evaluate(self, model: ModelView) -> Expression:
        R = model.constant("molar_gas_constant")
        T = model.field("temperature")
        return self.value * exp(-self.activation_energy / R * (1 / T - 1 / self.reference_temperature))
