"""Faults in the charge numbers of ions."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_PLUGINS, _VALENCE = "plugins/trona_plugins", "tests/plugins/test_valence.py"
_TRANSPORT = (
    f"{_VALENCE}::test_concentration_at_a_part_of_the_limiting_current",
    f"{_VALENCE}::test_potential_of_a_concentration_difference",
    f"{_VALENCE}::test_anions_rest_and_cations_carry_the_current",
)

salt = partial(Mutant, file=f"{_PLUGINS}/salt.py", decks=(), tests=_TRANSPORT)
told = partial(Mutant, file=f"{_PLUGINS}/salt.py", decks=(), tests=(f"{_VALENCE}::test_ions_of_a_salt_that_diffuses",))
valent = partial(Mutant, decks=(), kind="missing term")

VALENCES = (
    salt("valence-salt-no-cations", kind="missing term", what="one cation in a formula unit, whatever is given", old="(self.cations * z)", new="z"),
    salt("valence-salt-none", kind="missing term", what="monovalent cations, whatever is given", old="(self.cations * z)", new="self.cations"),
    salt("valence-salt-anions", kind="swapped", what="anions for cations of a formula unit", old="(self.cations * z)", new="(self.anions * z)"),
    salt("valence-salt-two-ions", kind="factor", what="two ions in a formula unit, whatever is given", old="(self.cations + self.anions) * R", new="2 * R"),
    told("valence-salt-cations-told", kind="missing term", what="reported flux of cations as of one in a formula unit", old="self.cations * salt.total_flux", new="salt.total_flux"),
    told("valence-salt-anions-told", kind="missing term", what="reported flux of anions as of one in a formula unit", old="self.anions * salt.total_flux", new="salt.total_flux"),
    valent("valence-kinetics", file=f"{_PLUGINS}/kinetics.py", part_of="butler_volmer", what="one electron in the exponents", old="f = z * F", new="f = F", tests=(f"{_VALENCE}::test_reaction_of_several_electrons",)),
    valent("valence-stress", file=f"{_PLUGINS}/mechanical_overpotential.py", what="one electron in the shift by stress", old=" / law.plus.sum(CATION_VALENCE)", new="", tests=(f"{_VALENCE}::test_growth_and_stress_of_a_divalent_metal",)),
    valent("valence-seebeck", file=f"{_PLUGINS}/thermoelectric.py", what="one charge in the default Seebeck coefficient", old=" / model.sum(CATION_VALENCE)", new="", tests=(f"{_VALENCE}::test_seebeck_coefficient_of_divalent_ions",)),
    valent("valence-curvature", file=f"{_PLUGINS}/capillary_overpotential.py", what="one electron in the shift by curvature", old="gamma = gamma / law.plus.sum(CATION_VALENCE)", new="gamma = 1 * gamma", tests=("tests/plugins/test_capillary_overpotential.py::test_arc[True]",)),
)
