"""Faults in the declaration of the Butler-Volmer law."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_TESTS = "tests/problem/test_kinetics_on_strips.py"


_POWER = "tests/readings/test_audit.py::test_power_of_a_cell_with_charge_transfer"
_MAIN = "tests/problem/test_main_job.py::test_mean_current_lies_between_the_extremes"


def _named(*names: str) -> tuple[str, ...]:
    return tuple(f"{_TESTS}::test_{name}" for name in names)


def _exchanged(text: str, a: str, b: str) -> str:
    return text.replace(a, "\0").replace(b, a).replace("\0", b)


_PLUGIN, _FILES = "butler_volmer", "plugins/trona_plugins"
law = partial(Mutant, file=f"{_FILES}/{_PLUGIN}.py")
kinetic = partial(Mutant, file=f"{_FILES}/kinetics.py", part_of=_PLUGIN)
films = partial(Mutant, file=f"{_FILES}/film.py", part_of=_PLUGIN)
electrode = partial(Mutant, file=f"{_FILES}/electrode.py", part_of=_PLUGIN)
_CELL = {"decks": ("cell",), "tests": _named("unequal_transfer_coefficients", "metal_that_conducts")}
_HOT = {"decks": ("cell",), "tests": (*_named("reaction_heat"), _POWER)}
_FILM = {"decks": ("film",), "tests": _named("film_as_a_resistance_of_the_law[2]", "two_electrodes_with_films")}
_STRESS = "tests/plugins/test_mechanical_overpotential.py"
bare, rate = partial(law, **_CELL), partial(kinetic, **_CELL)
warm = partial(kinetic, decks=("cell",), tests=_named("arrhenius_rate_and_conductivity"))
hot, side = partial(law, **_HOT), partial(kinetic, **_HOT)
film, behind = partial(films, **_FILM), partial(law, **_FILM)
tafel = partial(kinetic, decks=("couple",), tests=_named("tafel_limit"))
linear = partial(kinetic, decks=("couple",), tests=_named("linear_limit"))
control = partial(electrode, decks=("couple",), tests=_named("control_of_the_current"))
pressed = partial(kinetic, decks=(), tests=(f"{_STRESS}::test_current_without_voltage",))
shifted = partial(kinetic, decks=(), tests=(f"{_STRESS}::test_stress_shifts_the_equilibrium",))
salty = partial(kinetic, decks=(), tests=("tests/plugins/test_salt.py::test_exchange_current_follows_the_concentration",))

_ACROSS = 'across = phi_s - law.plus.field("electric_potential")'
_DROP = "drop = across - self.equilibrium_potential"
_RATES = "anodic, cathodic = f * (self.alpha_a * eta + dissolving), f * (self.alpha_c * eta + depositing)"
_DIFFERENCE = "2 * i0 * exp((anodic - cathodic) / 2) * sinh((anodic + cathodic) / 2)"
_I0 = "i0 = self.i0 * exp(-self.activation_energy / R * (1 / T - 1 / self.reference_temperature))"
_EXCHANGE = "law.exchange(current, minus=electrons, plus=charge)"
_TAFEL = "conditional(gt(driving, 0), exp(anodic), -exp(-cathodic))"
_LINEAR = "i0 * (anodic + cathodic)"
_F = 'f = z * F / (R * law.plus.field("temperature"))'
_SHARES = "dissolving, depositing = (1 - self.alpha_m) * stress, self.alpha_m * stress"
_HEAT = 'law.source(current * drop, model.balance("energy"), "plus")'
_FILM = "own = self.film_thickness / self.film_conductivity"

KINETICS = (
    bare("bv-exchange", kind="sign", what="current flows the other way", old=_EXCHANGE, new=_EXCHANGE.replace("current", "-current")),
    bare("bv-exchange-double", kind="factor", what="twice the rate crosses", old=_EXCHANGE, new=_EXCHANGE.replace("current", "2 * current")),
    bare("bv-no-electrons", kind="missing term", what="the metal loses no electrons", old=_EXCHANGE, new=_EXCHANGE.replace("electrons", "None")),
    bare("bv-drop", kind="sign", what="potentials subtracted the other way", old=_ACROSS, new='across = law.plus.field("electric_potential") - phi_s'),
    bare("bv-equilibrium", kind="sign", what="equilibrium potential added", old=_DROP, new=_DROP.replace("- self", "+ self")),
    bare("bv-no-equilibrium", kind="missing term", what="no equilibrium potential", old=_DROP, new=_DROP.removesuffix(" - self.equilibrium_potential")),
    rate("bv-cathodic-grows", kind="sign", what="cathodic branch grows with the overpotential", old=_RATES, new=_RATES.replace("dissolving), f", "dissolving), -f")),
    rate("bv-coefficients", kind="swapped", what="transfer coefficients exchanged", old=_RATES, new=_exchanged(_RATES, "self.alpha_a", "self.alpha_c")),
    rate("bv-branches-add", kind="sign", what="branches added", old=_DIFFERENCE, new="i0 * (exp(anodic) + exp(-cathodic))"),
    rate("bv-one-branch", kind="missing term", what="no cathodic branch", old=_DIFFERENCE, new="i0 * (exp(anodic) - 1)"),
    rate("bv-double", kind="factor", what="rate doubled", old=_DIFFERENCE, new=f"2 * {_DIFFERENCE}"),
    rate("bv-no-faraday", kind="missing term", what="overpotential not divided by RT", old=_F, new="f = z * F"),
    rate("bv-potential-unit", kind="unit", what="equilibrium potential in A", old='equilibrium_potential = Quantity("V"', new='equilibrium_potential = Quantity("A"'),
    rate("bv-rate-unit", kind="unit", what="exchange current density in A/m", old='i0 = Quantity(\n        "A/m^2"', new='i0 = Quantity(\n        "A/m"'),
    law("bv-mean-smallest", decks=("film",), tests=(_MAIN,), kind="swapped", what="mean current density told as the smallest", old='output_range("reaction_current_density", current, unit, text, mean=True,', new='output("reaction_current_density_mean", current, unit, text, "minimum",'),
    warm("bv-reference-temperature", kind="swapped", what="thermal voltage of the reference temperature", old=_F, new="f = z * F / (R * self.reference_temperature)"),
    warm("bv-activation", kind="sign", what="exchange current falls with temperature", old=_I0, new=_I0.replace("exp(-", "exp(")),
    warm("bv-activation-swapped", kind="swapped", what="temperatures of the activation exchanged", old=_I0, new=_I0.replace("1 / T - 1 / self.reference_temperature", "1 / self.reference_temperature - 1 / T")),
    warm("bv-no-activation", kind="missing term", what="exchange current not activated", old=_I0, new="i0 = self.i0"),
    warm("bv-activation-argument", kind="argument", what="activation over the temperature difference", old=_I0, new=_I0.replace("(1 / T - 1 / self.reference_temperature)", "(T - self.reference_temperature)")),
    side("bv-temperature-side", kind="side", what="temperature of the metal's side", old=_F, new=_F.replace("plus", "minus")),
    hot("bv-heat-side", kind="side", what="reaction heat on the metal's side", old=_HEAT, new=_HEAT.replace("plus", "minus")),
    hot("bv-heat-sign", kind="sign", what="reaction cools", old=_HEAT, new=_HEAT.replace("current", "-current")),
    hot("bv-heat-half", kind="factor", what="half the reaction heat", old=_HEAT, new=_HEAT.replace("current", "current / 2")),
    hot("bv-heat-potential", kind="missing term", what="heat of the whole potential difference, equilibrium included", old=_HEAT, new=_HEAT.replace("drop", "(drop + self.equilibrium_potential)")),
    hot("bv-no-film-heat", kind="swapped", what="no heat in the film", old=_HEAT, new=_HEAT.replace("drop", "eta")),
    hot("bv-entropy", kind="sign", what="entropy of the reaction reversed", old="law.monitor(ENTROPY_PRODUCTION, current", new="law.monitor(ENTROPY_PRODUCTION, -current"),
    hot("bv-entropy-temperature", kind="missing term", what="entropy not over the temperature", old="current * (drop + stress) / T)", new="current * (drop + stress))"),
    film("bv-film-sign", kind="sign", what="film driven by the sum of both drops", old="kirchhoff.source(drop - eta)", new="kirchhoff.source(drop + eta)"),
    film("bv-film-inverse", kind="argument", what="conductance of the film inverted", old=_FILM, new="own = self.film_conductivity / self.film_thickness"),
    film("bv-film-half", kind="factor", what="film half as thick", old=_FILM, new=_FILM.replace("self.film_thickness", "(self.film_thickness / 2)")),
    film("bv-film-kirchhoff", kind="sign", what="film current and rate of opposite sign", old="kirchhoff.source(-resistance", new="kirchhoff.source(resistance"),
    behind("bv-film-ignored", kind="swapped", what="rate of the whole drop, film included", old="current = rate(eta)", new="current = rate(drop)"),
    tafel("bv-tafel-sign", kind="sign", what="cathodic Tafel current positive", old=_TAFEL, new=_TAFEL.replace("-exp", "exp")),
    tafel("bv-tafel-branches", kind="swapped", what="Tafel branches exchanged", old=_TAFEL, new="conditional(gt(driving, 0), -exp(-cathodic), exp(anodic))"),
    linear("bv-linear-one", kind="missing term", what="linear rate with the anodic coefficient alone", old=_LINEAR, new="i0 * anodic"),
    linear("bv-linear-difference", kind="sign", what="branches of the linear rate subtracted", old=_LINEAR, new="i0 * (anodic - cathodic)"),
    linear("bv-linear-mean", kind="factor", what="linear rate with the mean of both coefficients", old=_LINEAR, new=f"{_LINEAR} / 2"),
    control("bv-mean-for-total", kind="swapped", what="mean and total exchanged", old="(self.mean_current_density, True), (self.total_current, False)", new="(self.mean_current_density, False), (self.total_current, True)"),
    control("bv-control-sign", kind="sign", what="given current cathodic positive", old="(current, target, mean)", new="(-current, target, mean)"),
    pressed("bv-stress-shares", kind="swapped", what="shares of dissolution and deposition in the stress exchanged", old=_SHARES, new=_exchanged(_SHARES, "(1 - self.alpha_m)", "self.alpha_m")),
    pressed("bv-stress-sign", kind="sign", what="stress drives deposition by its cathodic share", old="self.alpha_c * eta + depositing", new="self.alpha_c * eta - depositing"),
    shifted("bv-stress-default", kind="swapped", what="stress acts on dissolution alone unless told", old="dissolving, depositing = self.alpha_a * stress, self.alpha_c * stress", new="dissolving, depositing = stress, 0 * stress"),
    shifted("bv-stress-branch", kind="missing term", what="stress does not choose the branch of Tafel", old="cathodic, eta + stress)", new="cathodic, eta)"),
    salty("bv-concentration-inverse", kind="swapped", what="rate over the concentration", old="(c / self.reference_concentration)", new="(self.reference_concentration / c)"),
    salty("bv-concentration-bare", kind="unit", what="concentration not over its reference", old="(c / self.reference_concentration)", new="c"),
)
