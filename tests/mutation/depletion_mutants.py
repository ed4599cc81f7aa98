"""Faults in dilute species, their reduction at a metal, pores and the loss of solvent; and in the stress along the normal."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_PLUGINS, _TEST = "plugins/trona_plugins", "tests/plugins/test_dilute_species.py"
_CROSSES = (f"{_TEST}::test_crossover[reaction-1-D]",)

species = partial(
    Mutant, file=f"{_PLUGINS}/dilute_species.py", decks=(), tests=(f"{_TEST}::test_diffusion_with_decay",)
)
reduced = partial(Mutant, file=f"{_PLUGINS}/species_reduction.py", decks=(), tests=_CROSSES)
solvent = partial(Mutant, file=f"{_PLUGINS}/solvent_loss.py", decks=(), tests=(f"{_TEST}::test_a_solvent_is_used_up",))
pores = partial(
    Mutant, file=f"{_PLUGINS}/porous.py", decks=(), tests=(f"{_TEST}::test_a_separator_conducts_by_its_pores",)
)
normal = partial(
    Mutant,
    file=f"{_PLUGINS}/mechanical_overpotential.py",
    decks=(),
    tests=("tests/plugins/test_deposit_waves.py::test_stress_smooths_a_wave[normal-sticks]",),
)
stored = partial(Mutant, file=f"{_PLUGINS}/salt.py", decks=(), tests=(f"{_TEST}::test_salt_is_stored_in_the_pores",))

DEPLETION = (
    species("species-uphill", kind="sign", what="the species runs to where there is more", old="species.flux(-D", new="species.flux(D"),
    species("species-grows", kind="sign", what="the species grows instead of decaying", old="species.source(-self.decay", new="species.source(self.decay"),
    species("species-pores", kind="missing term", what="stored in the solid too", old="species.storage(eps * c)", new="species.storage(c)"),
    species("species-decay-pores", kind="missing term", what="decay in the solid too", old="-self.decay * eps * c", new="-self.decay * c"),
    reduced("reduction-sign", kind="sign", what="the metal gives the species", old="law.exchange(-consumed", new="law.exchange(consumed"),
    reduced("reduction-electrons", kind="missing term", what="one electron for each molecule", old="-self.electrons * model", new="-model"),
    reduced("reduction-charge", kind="missing term", what="no charge is taken from the ions", old='        law.exchange(current, minus=electrons, plus=model.balance("charge"))\n', new=""),
    reduced("reduction-current", kind="sign", what="the reduction counts as an oxidation", old="law.feed(SIDE_CURRENT, current)", new="law.feed(SIDE_CURRENT, -current)"),
    solvent("solvent-sign", kind="sign", what="side reactions make solvent", old="lost = -self", new="lost = self"),
    solvent("solvent-twice", kind="factor", what="twice the solvent for each charge", old="lost = -self", new="lost = -2 * self"),
    solvent("solvent-gained", kind="sign", what="what is lost is gained", old='model.rate("solvent_height") + lost', new='model.rate("solvent_height") - lost'),
    solvent("solvent-slow", kind="factor", what="the height changes at half the rate", old='model.rate("solvent_height") + lost', new='2 * model.rate("solvent_height") + lost'),
    pores("pores-straight", kind="missing term", what="with a tortuosity the porosity does not count", old="self.value * eps / self", new="self.value / self"),
    pores("pores-bruggeman", kind="argument", what="another exponent where none is given", old='default="1.5"', new='default="2.5"'),
    pores("pores-tortuosity", kind="sign", what="a tortuosity that helps", old="eps / self.tortuosity", new="eps * self.tortuosity"),
    pores("pores-exponent", kind="argument", what="the exponent of the deck is ignored", old="eps**self.exponent", new="eps**1.5"),
    stored("salt-pores-squared", kind="argument", what="the square of the porosity", old="salt.storage(eps * c)", new="salt.storage(eps**2 * c)"),
    stored("salt-pores", kind="missing term", what="salt stored in the solid too", old="salt.storage(eps * c)", new="salt.storage(c)"),
    normal("stress-normal", kind="argument", what="the normal stress twice", old="sigma[i, j] * n[i] * n[j]", new="2 * sigma[i, j] * n[i] * n[j]"),
    normal("stress-not-normal", kind="argument", what="the trace instead of the normal stress", old="sigma[i, j] * n[i] * n[j] for i in axes for j in axes", new="sigma[i, i] for i in axes"),
)
