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

VACANCIES = (
    waves("vacancies-uphill", kind="sign", what="vacancies run up their potential", old="vacancies.flux(-mobility * grad(mu))", new="vacancies.flux(mobility * grad(mu))"),
    waves("vacancies-interaction", kind="factor", what="half the interaction", old="omega = 2 * model", new="omega = model"),
    waves("vacancies-gradient", kind="factor", what="twice the gradient energy in the potential", old="potential.flux(kappa * grad(x))", new="potential.flux(2 * kappa * grad(x))"),
    waves("vacancies-gradient-sign", kind="sign", what="interfaces that yield energy", old="potential.flux(kappa * grad(x))", new="potential.flux(-kappa * grad(x))"),
    waves("vacancies-entropy", kind="missing term", what="no entropy of atoms", old="ln(x / (1 - x)) - mu", new="ln(x) - mu"),
    waves("vacancies-mobility", kind="argument", what="mobility by x alone", old="return x * (1 - x) if given is None", new="return x if given is None"),
    waves("vacancies-constant", kind="missing term", what="constant mobility of all sites", old="else given * (1 - given)", new="else 1.0"),
    waves("vacancies-no-storage", kind="missing term", what="nothing stored", old="vacancies.storage(x)", new="vacancies.storage(0 * x)"),
    energy("vacancies-energy", kind="sign", what="energy without that of interaction", old="mixing = omega * x * (1 - x) + RT", new="mixing = -omega * x * (1 - x) + RT"),
    energy("vacancies-energy-gradient", kind="sign", what="energy less that of interfaces", old="energy = (mixing + kappa", new="energy = (mixing - 9 * kappa"),
)
