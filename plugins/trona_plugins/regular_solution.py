"""Free energy of mixing of a regular solution."""

from trona.plugin import Expression, FieldOption, ModelView, PropertyForm, Quantity, ln


class RegularSolution(PropertyForm):
    """Free energy of mixing of a regular solution: Omega x (1 - x) + R T [x ln x + (1 - x) ln(1 - x)], J/mol.

    x: fraction of the sites that are of one kind, such as vacant, 1. Omega = 2 R T_c: interaction energy of a mole of
    sites, J/mol. T_c: critical temperature, K; above it, all compositions mix. R: gas constant. T: temperature, K.
    Below T_c the two phases in equilibrium have the fractions x and 1 - x with 2 (T_c/T) (1 - 2 x) + ln(x/(1 - x)) = 0
    (binodal); small waves grow where x (1 - x) > T/(4 T_c) (spinodal).
    Source: Hillert, Phase Equilibria, Phase Diagrams and Phase Transformations, 2nd ed., Cambridge 2007.
    """

    name = "regular_solution"

    fraction = FieldOption("field that is x", default="vacancy_fraction")
    critical_temperature = Quantity(
        "K", "T_c; default the property of the material", default=None, minimum="0 K", usual=("1 K", "1e5 K")
    )

    def evaluate(self, model: ModelView) -> Expression:
        T_c = self.critical_temperature
        if T_c is None:
            T_c = model.property("critical_temperature", "K")
        R, T, x = model.constant("molar_gas_constant"), model.field("temperature"), model.field(self.fraction)
        return 2 * R * T_c * x * (1 - x) + R * T * (x * ln(x) + (1 - x) * ln(1 - x))
