"""Faults in the declarations of films: stacks, and an SEI that grows."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_SEI, _STACK = "tests/plugins/test_sei_film.py", "tests/plugins/test_film_stack.py"
_ONCE = f"{_SEI}::test_a_reduction_takes_its_current_once"
_LINEAR = f"{_SEI}::test_a_constant_rate_thickens_the_film_linearly[1-D]"
_ROOT = f"{_SEI}::test_diffusion_through_the_film_makes_its_square_grow_linearly"
_SERIES = f"{_STACK}::test_a_stack_resists_as_its_films_in_series[1-D]"

film = partial(Mutant, file="plugins/trona_plugins/sei_film.py", decks=(), tests=(_LINEAR, _ROOT))
species = partial(Mutant, file="plugins/trona_plugins/sei_species.py", decks=(), tests=(_LINEAR,))
stack = partial(Mutant, file="plugins/trona_plugins/film_stack.py", decks=(), tests=(_SERIES,))

_MASS = "self.molar_mass * (rate - self.dissolution)"
_PASSES = "law.exchange(-current, minus=metal"
_FARADAY = "self._reduce(model, law, self.electrons * faraday * rate)"
_DIFFUSES = 'self.diffusivity * self.concentration / model.field("sei_thickness")'
_REDUCES = 'self.current_density / (self.electrons * model.constant("faraday_constant"))'

FILMS = (
    film("sei-no-density", kind="missing term", what="density left out", old="storage(self.density * delta)", new="storage(delta)"),
    film("sei-shrinks", kind="sign", what="mass stored with the other sign", old="storage(self.density * delta)", new="storage(-self.density * delta)"),
    film("sei-conductance", kind="argument", what="resistance as its inverse", old="resistance = delta / self.conductivity", new="resistance = self.conductivity / delta"),
    film("sei-square", kind="argument", what="resistance with the square of the thickness", old="resistance = delta / self.conductivity", new="resistance = delta * delta / self.conductivity"),
    film("sei-resists-half", kind="factor", what="half the resistance to the reaction", old="law.feed(FILM_RESISTANCE, resistance)", new="law.feed(FILM_RESISTANCE, resistance / 2)", tests=(_ROOT,)),
    film("sei-balance-unit", kind="unit", what="balance declared per volume", old='"kg/m^2/s"', new='"kg/m^3/s"'),
    species("species-printed-sign", kind="sign", what="dissolution as a gain, as printed with the sign that is wrong", old=_MASS, new=_MASS.replace("-", "+")),
    species("species-no-mass", kind="missing term", what="no molar mass", old=_MASS, new=_MASS.removeprefix("self.molar_mass * ")),
    species("species-current-reversed", kind="sign", what="the reduction lets current into the ion conductor", old=_PASSES, new=_PASSES.replace("-", ""), tests=(_ONCE,)),
    species("species-current-twice", kind="factor", what="the reduction counted twice", old=_PASSES, new=_PASSES.replace("-current", "-2 * current"), tests=(_ONCE,)),
    species("species-one-side", kind="side", what="electrons do not leave the metal", old="minus=metal, plus", new="minus=None, plus", tests=(f"{_SEI}::test_a_reduction_draws_its_electrons_from_the_metal",)),
    species("species-electrons", kind="factor", what="current without the number of electrons", old=_FARADAY, new=_FARADAY.replace("self.electrons * faraday * rate", "faraday * rate"), tests=(_ONCE,)),
    species("species-thicker-faster", kind="argument", what="diffusion faster through a thicker film", old=_DIFFUSES, new='self.diffusivity * self.concentration * model.field("sei_thickness")', tests=(_ROOT,)),
    species("species-reduces-without-n", kind="missing term", what="moles of the reduction without its electrons", old=_REDUCES, new='self.current_density / model.constant("faraday_constant")', tests=(_ONCE,)),
    stack("stack-conductances", kind="argument", what="conductances added", old='/ model.option_value(kappa, f"{self.owner}.conductivity")', new='* model.option_value(kappa, f"{self.owner}.conductivity")'),
    stack("stack-half", kind="factor", what="half the resistance", old="law.feed(FILM_RESISTANCE, resistance)", new="law.feed(FILM_RESISTANCE, resistance / 2)"),
    stack("stack-first-alone", kind="missing term", what="only the first film counts", old="for delta, kappa in layers", new="for delta, kappa in [*layers][:1]"),
    stack("stack-unit", kind="unit", what="thickness declared as an area", old='"m", "thickness", minimum="0 m"', new='"m^2", "thickness", minimum="0 m"'),
)
