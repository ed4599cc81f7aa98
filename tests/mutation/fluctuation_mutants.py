"""Faults in the fluctuations of surfaces and in the noise that drives them."""

from __future__ import annotations

from functools import partial

from mutants import Mutant

_TEST = "tests/plugins/test_capillary_fluctuations.py"
_NOISE = "tests/model/test_noise.py"

waves = partial(
    Mutant,
    file="plugins/trona_plugins/capillary_fluctuations.py",
    decks=(),
    tests=(f"{_TEST}::test_two_surfaces_fluctuate_each_for_itself", f"{_TEST}::test_half_steps_go_through_the_same_process"),
)
cold = partial(waves, tests=(f"{_TEST}::test_a_cold_wave_relaxes_by_the_stiffness_of_its_orientation[0.6]",))
noise = partial(Mutant, file="core/trona/model/noise.py", decks=(), tests=(_NOISE,), kind="factor")

FLUCTUATIONS = (
    waves("waves-dissipation", kind="factor", what="half the noise that goes with the dissipation", old="sqrt(2 * energy * mobility", new="sqrt(energy * mobility"),
    waves("waves-thickness", kind="missing term", what="noise of a body of any thickness", old="/ (self.thickness * model.quantity(length", new="/ (model.quantity(1.0, \"m\", \"one\") * model.quantity(length"),
    waves("waves-norm", kind="factor", what="waves that are not normal", old="shapes = [sqrt(2) * cos(k * s)", new="shapes = [cos(k * s)"),
    waves("waves-number", kind="factor", what="waves half as long", old="j * math.pi / length", new="2 * j * math.pi / length"),
    waves("waves-one-noise", kind="argument", what="one noise for all waves", old='f"noise_{j}"', new='"noise_1"'),
    cold("waves-uphill", kind="sign", what="waves that grow", old="surface.flux(-mobility", new="surface.flux(mobility"),
    cold("waves-stiffness", kind="missing term", what="stiffness without orientation", old='* model.property("surface_stiffness", "J/m^2") * grad(h)', new='* 0.2 * model.property("surface_stiffness", "J/m^2") / model.property("surface_stiffness", "J/m^2") * model.quantity(1.0, "J/m^2", "one") * grad(h)'),
    noise("noise-octave", what="half the variance from one power of two to the next", old="at_low + math.sqrt(low) * self._normal", new="at_low + math.sqrt(low / 2) * self._normal"),
    noise("noise-bridge", what="a bridge of twice the variance", old="math.sqrt(size) / 2 * self._normal", new="math.sqrt(size / 2) * self._normal"),
    noise("noise-seed", kind="argument", what="one process for all seeds", old='self._key = f"{seed}/{name}"', new="self._key = name"),
    noise("noise-level", kind="argument", what="a number used in several intervals", old="self._normal(octave, level, index)", new="self._normal(octave, level, 0)"),
    noise("noise-normal", what="numbers that are not normal", old="math.sqrt(-2 * math.log(first / 2**53)) * math.cos", new="math.sqrt(2) * math.cos"),
    waves("noise-times", kind="time level", what="the process at the times of the step before", old="expression.rate([float(rate) for rate in self.rates], self.times)", new="expression.rate([float(rate) for rate in self.rates], self.times[1:])", file="core/trona/problem/inputs.py"),
)
