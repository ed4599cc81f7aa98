"""Faults in vacancies that stripping leaves and creep fills."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_TEST = "tests/plugins/test_stripping_voids.py"

fills = partial(
    Mutant, file="plugins/trona_plugins/vacancy_diffusion.py", decks=(), tests=(f"{_TEST}::test_creep_fills_what_enters[1-D]",)
)
slab = partial(fills, tests=(f"{_TEST}::test_tension_fills_nothing_and_a_slab_fills_up",))
stress = partial(fills, tests=(f"{_TEST}::test_the_pressure_is_that_of_the_stress",))
sites = partial(
    fills,
    tests=tuple(f"{_TEST}::test_{each}" for each in ("more_vacancies_than_sites_end_the_run[steady]", "nearly_as_many_vacancies_as_sites_end_no_run")),
)
strips = partial(
    Mutant,
    file="plugins/trona_plugins/stripping_voids.py",
    decks=(),
    tests=tuple(f"{_TEST}::test_what_stripping_leaves[{each}]" for each in ("all", "rising", "falling")),
)
ends = partial(strips, tests=(f"{_TEST}::test_a_current_beyond_what_creep_follows_ends_the_run[steady]",))

VOIDS = (
    fills("voids-source", kind="sign", what="creep makes voids", old="vacancies.source(-k * x)", new="vacancies.source(k * x)"),
    fills("voids-refill-constant", kind="missing term", what="refill whatever is there", old="vacancies.source(-k * x)", new="vacancies.source(-k)"),
    fills("voids-refill-factor", kind="factor", what="no factor for the shape of a void", old="k = 3 / 2 * A", new="k = A"),
    fills("voids-refill-pressure", kind="factor", what="the pressure at the void not spread", old="3 * max_value(p, 0) / (2 * n *", new="3 * max_value(p, 0) / (2 *"),
    fills("voids-flux", kind="sign", what="vacancies run uphill", old='vacancies.flux(-model.property("vacancy_diffusivity"', new='vacancies.flux(model.property("vacancy_diffusivity"'),
    slab("voids-no-storage", kind="missing term", what="nothing stored", old="vacancies.storage(x)", new="vacancies.storage(0 * x)"),
    sites("voids-no-metal", kind="argument", what="more vacancies than sites only warn", old='maximum="1", hard=True', new='maximum="1"'),
    sites("voids-half-vacant", kind="factor", what="the run ends where half of the sites are vacant", old='maximum="1", hard', new='maximum="0.5", hard'),
    slab("voids-tension", kind="sign", what="tension fills too", old="max_value(p, 0)", new="abs(p)"),
    stress("voids-stress", kind="sign", what="tension taken for pressure", old='-model.field("hydrostatic_stress")', new='model.field("hydrostatic_stress")'),
    strips("voids-injected", kind="sign", what="stripping takes vacancies", old="entering = self._share(law)", new="entering = -self._share(law)"),
    strips("voids-valence", kind="missing term", what="one electron per atom", old="volume / (z * F)", new="volume / F"),
    strips("voids-contact", kind="missing term", what="contact as before", old="law.feed(EXCHANGE_CURRENT_FACTOR, contact)", new="law.feed(EXCHANGE_CURRENT_FACTOR, 1 + 0 * contact)"),
    strips("voids-side", kind="side", what="vacancies in the ion conductor", old='model.balance("vacancies"), "minus")', new='model.balance("vacancies"), "plus")'),
    strips("voids-printed", kind="swapped", what="rising and falling exchanged", old='rising if self.injection == "rising"', new='rising if self.injection == "falling"'),
    ends("voids-lost", kind="argument", what="a contact below nothing goes on", old='law=law, hard=True', new='law=law'),
    strips("voids-equilibrium", kind="missing term", what="overpotential without the equilibrium potential", old="eta = law.sum(METAL_DROP) - self.equilibrium_potential", new="eta = law.sum(METAL_DROP)"),
)
