"""Faults in the separation of vacancies."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_TEST = "tests/plugins/test_cahn_hilliard.py"
_WAVES = f"{_TEST}::test_a_small_wave_grows_as_theory_says"

waves = partial(
    Mutant, file="plugins/trona_plugins/cahn_hilliard.py", decks=(), tests=(f"{_WAVES}[below]", f"{_WAVES}[constant mobility]")
)
energy = partial(waves, tests=(f"{_TEST}::test_the_energy_never_rises_and_no_vacancy_is_lost",))
form = partial(
    Mutant,
    file="plugins/trona_plugins/regular_solution.py",
    decks=(),
    tests=("tests/plugins/test_regular_solution.py::test_the_phases_are_those_of_the_closed_form",),
)
slope = partial(
    Mutant,
    file="core/trona/model/expand.py",
    decks=(),
    tests=("tests/model/materials/test_property_derivatives.py::test_it_is_the_slope_of_the_property",),
)

VACANCIES = (
    waves("vacancies-uphill", kind="sign", what="vacancies run up their potential", old="vacancies.flux(-mobility * grad(mu))", new="vacancies.flux(mobility * grad(mu))"),
    form("vacancies-interaction", kind="factor", what="half the interaction", old="return 2 * R * T_c", new="return R * T_c"),
    form("vacancies-repulsion", kind="sign", what="unlike neighbours preferred", old="return 2 * R * T_c", new="return -2 * R * T_c"),
    waves("vacancies-gradient", kind="factor", what="twice the gradient energy in the potential", old="potential.flux(kappa * grad(x))", new="potential.flux(2 * kappa * grad(x))"),
    waves("vacancies-gradient-sign", kind="sign", what="interfaces that yield energy", old="potential.flux(kappa * grad(x))", new="potential.flux(-kappa * grad(x))"),
    form("vacancies-entropy", kind="missing term", what="no entropy of atoms", old="(x * ln(x) + (1 - x) * ln(1 - x))", new="(x * ln(x))"),
    form("vacancies-temperature", kind="missing term", what="entropy without the temperature of the deck", old="+ R * T * (x", new="+ R * T_c * (x"),
    waves("vacancies-slope", kind="sign", what="the other slope of the energy", old="potential.source(slope - mu)", new="potential.source(-slope - mu)"),
    slope("derivative-itself", kind="missing term", what="the property instead of its derivative", old="return found if symbol.by is None else derivative(found, self._field(symbol.by, side))", new="return found"),
    slope("derivative-unit", kind="unit", what="the derivative in the unit of the property", old="written if by is None else written / by.unit", new="written", file="core/trona/model/symbols.py"),
    waves("vacancies-mobility", kind="argument", what="mobility by x alone", old="return x * (1 - x) if given is None", new="return x if given is None"),
    waves("vacancies-constant", kind="missing term", what="constant mobility of all sites", old="else given * (1 - given)", new="else 1.0"),
    waves("vacancies-no-storage", kind="missing term", what="nothing stored", old="vacancies.storage(x)", new="vacancies.storage(0 * x)"),
    energy("vacancies-energy", kind="missing term", what="energy of gradients alone", old="energy = (mixing + kappa", new="energy = (0 * mixing + kappa"),
    energy("vacancies-energy-gradient", kind="sign", what="energy less that of interfaces", old="energy = (mixing + kappa", new="energy = (mixing - 9 * kappa"),
)
